import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type LineFigure, lineFigure } from './line-figure.ts';
import { lineHits, processCoverage } from './process-coverage.ts';

/** What is measured: our code, without tests and what only they import, entry points, benchmarks and examples. */
const measuredGlobs = ['libs/*/src/**/*.ts', 'services/*/src/**/*.ts', 'deploy/local/src/**/*.ts'];
const notMeasured = /\.test\.ts$|\/(?:main|index)\.ts$|\/src\/(?:.*\/)?(?:fixtures|testing|bench)\//;
/** These run as text inside isolates, where V8's coverage does not reach; the tests of the script process hold them. */
const insideIsolates = ['services/script-runner/src/sandbox/harden-globals.ts', 'services/script-runner/src/sandbox/cap-sizes.ts'];
const isMeasured = (file: string): boolean => !notMeasured.test(file) && !insideIsolates.includes(file);

/** Folders of one coverage run: jest's own report (istanbul's form) and what spawned processes wrote. */
export type CoverageFolders = Readonly<{ root: string; jest: string; processes: string }>;

/** Returns one line figure over jest and every process that it spawned. */
export async function measureCoverage({ root, jest, processes }: CoverageFolders): Promise<LineFigure & Readonly<{ processes: number }>> {
  const files = globSync(measuredGlobs, { cwd: root })
    .filter(isMeasured)
    .sort()
    .map((file) => path.join(root, file));
  const report = path.join(jest, 'coverage-final.json');
  const inJest = existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as Record<string, unknown>) : {};
  const spawned = await processCoverage(processes, files);
  const measured = files.map((file) => ({
    file: path.relative(root, file),
    text: readFileSync(file, 'utf8'),
    hits: [lineHits(inJest, file), spawned.hits.get(file) ?? new Map()],
  }));
  return { ...lineFigure(measured), processes: spawned.processes };
}
