import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Which tests to run in a copy of the workspace. */
export type TestRequest = Readonly<{ folder: string; files: readonly string[]; title?: string | undefined }>;

/** Tests that failed by title, how many passed, and what kept a file from running at all. */
export type TestOutcome = Readonly<{ passed: number; failed: readonly string[]; broken: string | undefined }>;

type Report = Readonly<{
  numPassedTests: number;
  testResults: readonly Readonly<{ message: string; assertionResults: readonly Readonly<{ status: string; fullName: string }>[] }>[];
}>;

const WITHIN_MS = 180_000;
const KEPT_WORDS = 600;
const nodeFlags = ['--experimental-vm-modules', '--no-node-snapshot', '--disable-warning=ExperimentalWarning'];

const outcomeOf = ({ numPassedTests, testResults }: Report): TestOutcome => {
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
  const broken = testResults.find(({ assertionResults, message }) => assertionResults.length === 0 && message !== '');
  return { passed: numPassedTests, failed, broken: broken?.message.slice(0, KEPT_WORDS) };
};

/** Runs test files of a copy in a jest of their own; a run that does not end is a failure with the name of what did not end. */
export async function runTests({ folder, files, title }: TestRequest): Promise<TestOutcome> {
  const report = join(folder, 'mutant-result.json');
  rmSync(report, { force: true });
  const chosen = [...files.map((file) => join(folder, file)), ...(title === undefined ? [] : ['--testNamePattern', title])];
  const words = [
    ...nodeFlags,
    join(folder, 'node_modules/jest/bin/jest.js'),
    '--json',
    `--outputFile=${report}`,
    '--runInBand',
    '--forceExit',
    '--runTestsByPath',
    ...chosen,
  ];
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), WITHIN_MS);
  await once(child, 'exit');
  clearTimeout(timer);
  if (!existsSync(report)) return { passed: 0, failed: [`${files.join(', ')} did not end within ${WITHIN_MS} ms`], broken: undefined };
  return outcomeOf(JSON.parse(readFileSync(report, 'utf8')) as Report);
}
