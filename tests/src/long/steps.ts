import { rootFolder } from '@signal/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** One part of the long run: a program of the workspace, and how its last line counts. */
export type Step = Readonly<{
  name: string;
  words: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Two numbers of the closing line: passed and failed. A step without one counts as a whole. */
  counts?: RegExp;
}>;

/** What came of a step. */
export type StepResult = Readonly<{ passed: number; failed: number; seconds: number }>;

/** Everything that takes longer than `npm test` may. */
export const longSteps: readonly Step[] = [
  { name: 'chaos', words: ['tests/src/chaos/main.ts', '--kills', '60'] },
  {
    name: 'the bus on a cluster',
    words: ['libs/testing/src/run/main.ts', 'libs/bus', '--no-coverage'],
    env: { SIGNAL_TEST_REDIS: 'cluster' },
    counts: /^(\d+) passed, (\d+) failed$/m,
  },
  { name: 'mutants', words: ['tests/src/mutants/main.ts'], counts: /^(\d+) killed, (\d+) survived$/m },
];

/** Returns what a program's output and exit code count for: an exit code other than 0 is one failure at least. */
export function countStep({ counts }: Pick<Step, 'counts'>, ended: Readonly<{ output: string; exitCode: number }>): Omit<StepResult, 'seconds'> {
  const [, passed, failed] = counts?.exec(ended.output) ?? [];
  const isWell = ended.exitCode === 0;
  if (passed === undefined) return { passed: isWell && counts === undefined ? 1 : 0, failed: isWell && counts === undefined ? 0 : 1 };
  return { passed: Number(passed), failed: isWell ? Number(failed) : Math.max(1, Number(failed)) };
}

/** Runs a step, its output passed on as it comes. */
export async function runStep(step: Step): Promise<StepResult> {
  const startedAtMs = performance.now();
  const [file = '', ...args] = step.words;
  const child = spawn(process.execPath, ['--conditions=signal-source', join(rootFolder(), file), ...args], {
    cwd: rootFolder(),
    env: { ...process.env, ...step.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
    process.stdout.write(bytes);
  });
  await once(child, 'exit');
  return { ...countStep(step, { output, exitCode: child.exitCode ?? 1 }), seconds: (performance.now() - startedAtMs) / 1_000 };
}
