import { isSignalError } from '@signal/contracts';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { measureCoverage } from '../coverage/measure-coverage.ts';
import { rootFolder } from '../workspace/root-folder.ts';
import { coverageFolder, runJest } from './run-jest.ts';
import { testOptions } from './test-options.ts';

const LEAST_PERCENT = 85;

/** Prints the merged line figure, leaves it in `coverage/lines.json`, and tells whether it is high enough. */
const reportCoverage = async (): Promise<boolean> => {
  const folders = { root: rootFolder(), jest: path.join(coverageFolder, 'jest'), processes: path.join(coverageFolder, 'processes') };
  const { percent, covered, lines, processes, files } = await measureCoverage(folders);
  writeFileSync(path.join(coverageFolder, 'lines.json'), JSON.stringify({ percent, covered, lines, processes, files }, null, 1));
  process.stdout.write(
    `coverage: ${percent.toFixed(1)} % of lines (${covered} of ${lines}), ${processes} spawned processes merged, at least ${LEAST_PERCENT} % wanted\n`,
  );
  return percent >= LEAST_PERCENT;
};

try {
  const options = testOptions(process.argv.slice(2));
  const { passed, failed, skipped, exitCode } = await runJest(options);
  const isCovered = !options.coverage || (await reportCoverage());
  if (skipped > 0) process.stdout.write(`${skipped} skipped\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = exitCode === 0 && failed === 0 && isCovered ? 0 : 1;
} catch (error) {
  if (!isSignalError(error, 'usage')) throw error;
  process.stderr.write(`test: ${error.message}\n`);
  process.exitCode = 2;
}
