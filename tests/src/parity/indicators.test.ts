import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkIndicators } from './indicators.ts';

const kept = fileURLToPath(new URL('../../../libs/indicators/goldens/', import.meta.url));
const main = fileURLToPath(new URL('main.ts', import.meta.url));
let folder: string;

const closes = Array.from({ length: 60 }, (_, row) => row + 1);
const golden = (id: string, rest: object): string =>
  JSON.stringify({ id, dataset: 'UP', bars: 60, input_columns: ['close'], tolerance: { rel: 1e-9 }, ...rest });
const meanOf3 = closes.map((close, row) => (row < 2 ? null : close - 1));

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'parity-'));
  mkdirSync(path.join(folder, 'data'));
  mkdirSync(path.join(folder, 'goldens/overlap'), { recursive: true });
  const rows = closes.map((close) => `2020-01-01T00:00:00,${close},${close},${close},${close},0`);
  writeFileSync(path.join(folder, 'data/UP.csv'), ['time,open,high,low,close,volume', ...rows].join('\n'));
  writeFileSync(path.join(folder, 'data/BENT.csv'), ['time,open,high,low,close,volume', '2020-01-01T00:00:00,1,1,1'].join('\n'));
  const put = (name: string, text: string): void => writeFileSync(path.join(folder, 'goldens', name), text);
  put('INDEX.json', JSON.stringify(['sma', 'absent', 'other', 'rsi', 'broken']));
  const late = meanOf3.map((value, row) => (row === 2 ? null : value));
  put(
    'overlap/sma.json',
    golden('sma', {
      cases: [
        { name: 'right', params: { length: 3 }, outputs: { sma: meanOf3 }, scale: { sma: 30 } },
        { name: 'wrong', params: { length: 3 }, outputs: { sma: meanOf3.map((value) => (value === 20 ? 20.5 : value)) } },
        { name: 'late', params: { length: 3 }, outputs: { sma: late } },
        { name: 'off', params: { length: 3 }, outputs: { sma: meanOf3.map((value) => value && value + 1) } },
        { name: 'bound', params: { length: 0 }, outputs: { sma: meanOf3 } },
        { name: 'short', params: { length: 3 }, outputs: { sma: [1] } },
      ],
    }),
  );
  put(
    'other.json',
    golden('other', {
      cases: [
        { name: 'default', params: {}, outputs: {} },
        { name: 'alt', params: {}, outputs: {} },
      ],
    }),
  );
  put('rsi.json', golden('rsi', { dataset: 'BENT', cases: [{ name: 'default', params: {}, outputs: { rsi: [null] } }] }));
  put('broken.json', '{"id":"broken"}');
});

afterAll(() => rmSync(folder, { recursive: true }));

const check = (ids?: readonly string[]): { lines: string[]; passed: number; failed: number } => {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const request = { goldens: path.join(folder, 'goldens'), data: path.join(folder, 'data'), ids: ids && new Set(ids), print };
  return { ...checkIndicators(request), lines };
};

describe('parity of indicators', () => {
  it('passes the golden values kept with the catalogue', () => {
    const print = (line: string): never => expect(line).toBe('') as never;
    const run = (set: string) => checkIndicators({ goldens: `${kept}${set}`, data: `${kept}data`, ids: undefined, print });
    expect(run('goog')).toEqual({ passed: 11, failed: 0 });
    expect(run('syntha')).toEqual({ passed: 1, failed: 0 });
  });

  it('tells each miss with its bar, at most 20 a case', () => {
    const { lines, passed, failed } = check(['sma']);
    expect([passed, failed]).toEqual([1, 5]);
    expect(lines.filter((line) => line.startsWith('FAIL sma wrong'))).toEqual(['FAIL sma wrong sma bar=20 got=20 want=20.5']);
    expect(lines.filter((line) => line.startsWith('FAIL sma late'))).toEqual(['FAIL sma late sma bar=2 got=2 want=null']);
    expect(lines.filter((line) => line.startsWith('FAIL sma off'))).toHaveLength(20);
    expect(lines.filter((line) => line.startsWith('FAIL sma bound'))).toEqual([
      'FAIL sma bound: at character 4: length is 0, and must be a whole number from 1 to 100000',
    ]);
    expect(lines.filter((line) => line.startsWith('FAIL sma short'))).toEqual(['FAIL sma short: output sma has 60 values, and the golden file 1']);
  });

  it('fails what is listed and absent, what it does not know, what is broken, and rows of another width', () => {
    const { lines, passed, failed } = check();
    expect([passed, failed]).toEqual([1, 10]);
    expect(lines.filter((line) => !line.startsWith('FAIL sma'))).toEqual([
      'FAIL absent: INDEX.json lists it, and there is no file of it',
      'FAIL other default: the catalogue has no such indicator',
      'FAIL other alt: the catalogue has no such indicator',
      'FAIL rsi default: row 1 of BENT has 4 columns, and must have 6',
      'FAIL broken: broken.json has no id, input_columns or cases',
    ]);
  });
});

describe('npm run parity', () => {
  const run = (...args: string[]): { status: number | null; last: string; stderr: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=signal-source', main, ...args], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    return { status, last: stdout.trimEnd().split('\n').at(-1) ?? '', stderr };
  };

  it('closes with its counts, and ends with 0 only when all of at least one passed', () => {
    expect(run('indicators', '--goldens', `${kept}goog`, '--ids', 'rsi,macd')).toEqual({ status: 0, last: '4 passed, 0 failed', stderr: '' });
    expect(run('indicators', '--goldens', `${kept}goog`, '--ids', 'ema')).toEqual({ status: 1, last: '0 passed, 0 failed', stderr: '' });
    expect(run('indicators', '--goldens', path.join(folder, 'goldens'), '--json')).toEqual({
      status: 1,
      last: '{"passed":1,"failed":10}',
      stderr: '',
    });
  });

  it('ends with 2 and one sentence for a folder or a command line that it cannot read', () => {
    expect(run('indicators', '--goldens', path.join(folder, 'nowhere'))).toMatchObject({ status: 2, stderr: expect.stringMatching(/^ENOENT.*\n$/) });
    expect(run('stocks', '--goldens', folder)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/must be asked for indicators or options; see --help\n$/),
    });
    expect(run('indicators')).toMatchObject({ status: 2, stderr: '--goldens is missing, and must name a folder; see --help\n' });
    expect(run('indicators', '--gold', 'x').status).toBe(2);
  });
});
