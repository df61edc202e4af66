/** One part of `npm run check`: what it found, a line a problem; none = it holds. */
export type Check = Readonly<{ name: string; find: () => Promise<readonly string[]> }>;

/** Runs checks one after the other, says how each went through `write`, and returns the number of those that found something. */
export async function runChecks(checks: readonly Check[], write: (text: string) => void): Promise<number> {
  let failed = 0;
  for (const check of checks) {
    const startedAtMs = performance.now();
    const problems = await check.find();
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    write(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${check.name} ${seconds} s\n`);
    for (const problem of problems) write(`     ${problem}\n`);
    if (problems.length > 0) failed += 1;
  }
  return failed;
}
