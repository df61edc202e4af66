import { codeLines } from './code-lines.ts';
import type { LineHits } from './process-coverage.ts';

/** A source file with its line hits in each kind of process that ran it. */
export type MeasuredFile = Readonly<{ file: string; text: string; hits: readonly LineHits[] }>;

/** Lines of code, and those that ran in any process. */
export type LineFigure = Readonly<{ lines: number; covered: number; percent: number; files: readonly Readonly<{ file: string; lines: number; missing: readonly number[] }>[] }>;

/** Returns the line coverage over files: a line is covered when it ran in any process; a file that never ran counts in full. */
export function lineFigure(measured: readonly MeasuredFile[]): LineFigure {
  const files = measured.map(({ file, text, hits }) => {
    const lines = [...codeLines(text)];
    return { file, lines: lines.length, missing: lines.filter((line) => !hits.some((one) => (one.get(line) ?? 0) > 0)) };
  });
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const covered = lines - files.reduce((sum, file) => sum + file.missing.length, 0);
  return { lines, covered, percent: lines === 0 ? 100 : (100 * covered) / lines, files };
}
