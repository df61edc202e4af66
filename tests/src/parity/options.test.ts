import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkOptions } from './options.ts';

const sample = path.join(import.meta.dirname, '../../../libs/options/goldens');

const run = (ids: readonly string[] | undefined, goldens = sample) => {
  const lines: string[] = [];
  const count = checkOptions({ goldens, data: '', ids: ids === undefined ? undefined : new Set(ids), print: (line) => void lines.push(line) });
  return { ...count, lines };
};

describe('option parity on the sample of goldens', () => {
  it('holds price and greeks of every European row within 16 roundings of its conditioning', () => {
    expect(run(['bsm', 'black76'])).toEqual({ passed: 417, failed: 0, lines: [] });
  });

  it('finds every implied volatility within the conditioning of its problem', () => {
    expect(run(['iv'])).toEqual({ passed: 375, failed: 0, lines: [] });
  });

  it('gives degenerate input its status and its limits', () => {
    expect(run(['edge'])).toEqual({ passed: 31, failed: 0, lines: [] });
  });

  it('gives the values printed in textbooks, and says which model is not built', () => {
    const { passed, lines } = run(['published']);
    expect(passed).toBe(27);
    expect(lines).toEqual(['FAIL published 13 price got=the american model is not built want=4.284215677251132']);
  });

  it('gives forward, labels, volatility and greeks of whole chains, and says that their analytics are not built', () => {
    const { failed, lines } = run(['chains']);
    expect(failed).toBe(7);
    expect(lines.filter((line) => !line.includes('chain analytics are not built'))).toEqual([]);
  });
});

describe('option parity on a broken folder', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'parity-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const header = 'id,class,type,S,K,T,r,q,price,status,iv,rel_tol';

  it('fails a row with another number of columns than the header', () => {
    writeFileSync(path.join(folder, 'iv.csv'), `${header}\n7,core,C,100\n`);
    expect(run(['iv'], folder)).toEqual({ passed: 0, failed: 1, lines: ['FAIL iv 7 columns got=4 want=12'] });
  });

  it('fails a row whose reference is another value', () => {
    writeFileSync(
      path.join(folder, 'iv.csv'),
      `${header}\n7,core,P,16.58,18.3057,1.2493150684931507,0.0924,0.0,0.5079611924573337,OK,0.0865,2.23e-14\n`,
    );
    expect(run(undefined, folder)).toMatchObject({ passed: 0, failed: 1 });
  });

  it('fails an id without a file, a file without a model and an empty file', () => {
    writeFileSync(path.join(folder, 'american.csv'), 'id\n1\n');
    writeFileSync(path.join(folder, 'bsm.csv'), 'id,type\n');
    expect(run(undefined, folder)).toEqual({ passed: 0, failed: 2, lines: ['FAIL american: no model of this name is built'] });
    expect(run(['black76'], folder)).toMatchObject({ failed: 1 });
  });
});
