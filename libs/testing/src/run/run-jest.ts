import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { rootFolder } from '../workspace/root-folder.ts';

/** What to run: files whose path matches a pattern (none = all), tests whose title matches, and whether to measure coverage. */
export type JestOptions = Readonly<{ patterns: readonly string[]; title: string | undefined; coverage: boolean }>;

/** Counts of one run. A file that could not be run at all counts as one failure. */
export type JestResult = Readonly<{ passed: number; failed: number; skipped: number; exitCode: number }>;

/** Where a whole run leaves its coverage; the folder is not kept in git. */
export const coverageFolder = path.join(rootFolder(), 'coverage');
const resultFile = path.join(os.tmpdir(), `signal-jest-result-${process.pid}.json`);
/** ES modules in jest, and no start-up snapshot, which isolated-vm does not stand. Workers inherit both. */
const nodeFlags = ['--experimental-vm-modules', '--no-node-snapshot', '--disable-warning=ExperimentalWarning'];

/** One more than jest's own choice on two cores: the tests wait for servers more than they compute. */
const WORKERS = Math.max(2, os.availableParallelism());

type Report = Readonly<{ numPassedTests: number; numFailedTests: number; numPendingTests: number; numRuntimeErrorTestSuites: number }>;

const readResult = (exitCode: number): JestResult => {
  if (!existsSync(resultFile)) return { passed: 0, failed: exitCode === 0 ? 0 : 1, skipped: 0, exitCode };
  const report = JSON.parse(readFileSync(resultFile, 'utf8')) as Report;
  rmSync(resultFile);
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests, exitCode };
};

/** Runs jest in a process of its own and returns its counts. Every process that its tests spawn writes coverage when that is measured. */
export async function runJest({ patterns, title, coverage }: JestOptions): Promise<JestResult> {
  if (coverage) rmSync(coverageFolder, { recursive: true, force: true });
  const jest = path.join(rootFolder(), 'node_modules/jest/bin/jest.js');
  const chosen = [...patterns, ...(title === undefined ? [] : ['--testNamePattern', title])];
  const words = [
    ...nodeFlags,
    jest,
    '--json',
    `--maxWorkers=${WORKERS}`,
    `--outputFile=${resultFile}`,
    ...(coverage ? ['--coverage'] : []),
    ...chosen,
  ];
  const env = coverage ? { ...process.env, SIGNAL_COVERAGE_FOLDER: path.join(coverageFolder, 'processes') } : process.env;
  const child = spawn(process.execPath, words, { cwd: rootFolder(), env, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  await once(child, 'exit');
  return readResult(child.exitCode ?? 1);
}
