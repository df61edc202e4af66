import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { codeLines } from './code-lines.ts';
import { lineFigure } from './line-figure.ts';
import { processCoverage } from './process-coverage.ts';

const source = `/** Doc
 * comment. */
export function pick(isLeft: boolean): string {
  // a comment
  if (isLeft) {
    return 'left';
  }
  return 'right';
}
export type Unused = Readonly<{
  a: string;
}>;
pick(process.argv.length > 2);
`;

describe('merged coverage', () => {
  it('counts lines of code only', () => {
    expect([...codeLines(source)]).toEqual([3, 5, 6, 8, 13]);
  });

  it('adds up what different processes ran of one file', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'signal-coverage-'));
    const file = path.join(folder, 'pick.ts');
    writeFileSync(file, source);
    const reports = path.join(folder, 'reports');
    const run = (...args: string[]): unknown => spawnSync(process.execPath, [file, ...args], { env: { NODE_V8_COVERAGE: reports } });
    const figure = async (): Promise<readonly number[]> => {
      const { hits } = await processCoverage(reports, [file]);
      return lineFigure([{ file, text: source, hits: [hits.get(file) ?? new Map()] }]).files[0]?.missing ?? [];
    };
    run();
    expect(await figure()).toEqual([6]);
    run('left');
    writeFileSync(path.join(reports, 'half.json'), '{"result": [');
    expect(await figure()).toEqual([]);
  });

  it('counts a file that never ran in full', () => {
    expect(lineFigure([{ file: 'a', text: source, hits: [] }])).toMatchObject({ lines: 5, covered: 0, percent: 0 });
  });
});
