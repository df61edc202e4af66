import { isSignalError, SignalError } from '@signal/contracts';
import { rootFolder } from '@signal/testing';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { copyWorkspace } from './copy-workspace.ts';
import { type Mutant, patched } from './mutant.ts';
import { mutants } from './mutants.ts';
import { runTests } from './run-tests.ts';

const HELP = `npm run test:mutants -- [--only WORDS]
Takes one guard after the other out of a copy of the sources and runs the tests that must notice.
  --only WORDS  only mutants whose name contains the words
Prints KILLED or SURVIVED for each with the test that failed, and "N killed, N survived". Exit: 0 when none survived, 1 when one did or
no longer applies, 2 for a bad command line.
`;
const LANES = 2;

type Verdict = 'killed' | 'survived';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs the tests of a mutant without its patch: one that is killed by a test that fails anyway proves nothing. */
const checkUnpatched = async (folder: string, { tests, title }: Mutant, known: Set<string>): Promise<void> => {
  const key = JSON.stringify([tests, title]);
  if (known.has(key)) return;
  const { passed, failed, broken } = await runTests({ folder, files: tests, title });
  if (failed.length > 0 || broken !== undefined || passed === 0)
    throw new SignalError('backend_failed', `without any patch ${tests.join(', ')} fails: ${failed.join('; ')} ${broken ?? ''}`);
  known.add(key);
};

const judge = async (folder: string, mutant: Mutant): Promise<Verdict> => {
  const file = join(folder, mutant.file);
  const text = readFileSync(file, 'utf8');
  const mutated = patched(text, mutant);
  if (mutated === undefined) {
    say(`SURVIVED ${mutant.name}: the patch does not apply to ${mutant.file} any more`);
    return 'survived';
  }
  writeFileSync(file, mutated);
  try {
    const { failed, broken } = await runTests({ folder, files: mutant.tests, title: mutant.title });
    const [first] = failed;
    if (first !== undefined) say(`KILLED ${mutant.name} by "${first}"${failed.length > 1 ? ` and ${failed.length - 1} more` : ''}`);
    else say(`SURVIVED ${mutant.name}${broken === undefined ? '' : `: the tests do not run with it: ${broken}`}`);
    return first === undefined ? 'survived' : 'killed';
  } finally {
    writeFileSync(file, text);
  }
};

const judgeAll = async (base: string, chosen: readonly Mutant[]): Promise<readonly Verdict[]> => {
  const folders = Array.from({ length: LANES }, (_, lane) => join(base, `lane-${lane}`));
  for (const folder of folders) copyWorkspace(rootFolder(), folder);
  const passing = new Set<string>();
  const verdicts: Verdict[] = [];
  let next = 0;
  const work = async (folder: string): Promise<void> => {
    for (let mutant = chosen[next++]; mutant !== undefined; mutant = chosen[next++]) {
      await checkUnpatched(folder, mutant, passing);
      verdicts.push(await judge(folder, mutant));
    }
  };
  await Promise.all(folders.map(work));
  return verdicts;
};

const run = async (): Promise<number> => {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, help: { type: 'boolean', default: false } }, strict: true });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const chosen = mutants.filter(({ name }) => name.includes(values.only));
  if (chosen.length === 0) throw new SignalError('usage', `--only is "${values.only}", and must be in the name of a mutant`);
  const base = mkdtempSync(join(tmpdir(), 'signal-mutants-'));
  try {
    const verdicts = await judgeAll(base, chosen);
    const killed = verdicts.filter((verdict) => verdict === 'killed').length;
    say(`${killed} killed, ${verdicts.length - killed} survived`);
    return killed === verdicts.length ? 0 : 1;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
};

try {
  process.exitCode = await run();
} catch (error) {
  const isUsage = isSignalError(error, 'usage') || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  process.stderr.write(`test:mutants: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
