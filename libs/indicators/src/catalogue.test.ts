import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { catalogue, definitionOf } from './catalogue.ts';

describe('the catalogue', () => {
  it('has the six indicators, by id', () => {
    expect([...catalogue.keys()]).toEqual(['atr', 'bbands', 'cdl_engulfing', 'macd', 'rsi', 'sma']);
  });

  it('tells of rsi what the API shows', () => {
    expect(catalogue.get('rsi')).toEqual({
      id: 'rsi',
      name: 'Relative Strength Index',
      category: 'momentum',
      inputs: ['close'],
      series: 1,
      params: { length: { type: 'int', default: 14, min: 2, max: 100_000 } },
      outputs: ['rsi'],
      aliases: [],
      warmup: 14,
    });
  });

  it('begins where TA-Lib begins, at the default parameters', () => {
    const warmups = Object.fromEntries([...catalogue.values()].map(({ id, warmup }) => [id, warmup]));
    expect(warmups).toEqual({ atr: 14, bbands: 19, cdl_engulfing: 0, macd: 33, rsi: 14, sma: 29 });
  });

  it('refuses an id that it has not', () => {
    expect(() => definitionOf('nope')).toThrow(expect.objectContaining({ code: 'indicator_unknown', status: 404 }));
  });

  it('is generated from the files as they are', () => {
    const generator = fileURLToPath(new URL('../gen/catalogue.ts', import.meta.url));
    const run = spawnSync(process.execPath, [generator, '--check'], { encoding: 'utf8', timeout: 10_000 });
    expect([run.status, run.stderr]).toEqual([0, '']);
  });
});
