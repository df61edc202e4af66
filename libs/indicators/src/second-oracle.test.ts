import { describe, expect, it } from '@jest/globals';
import { BollingerBands, RSI, SMA } from 'trading-signals';
import { computeBatch } from './compute-batch.ts';
import { madeUpBars } from './made-up-bars.ts';

const bars = madeUpBars(3000, 21);

const differences = (got: Float64Array | undefined, wanted: readonly (number | null)[]): number => {
  expect([...(got ?? [])].map((value) => Number.isNaN(value))).toEqual(wanted.map((value) => value === null));
  return Math.max(...wanted.map((want, row) => (want === null ? 0 : Math.abs((got?.[row] ?? 0) - want) / Math.abs(want))));
};

// trading-signals 8.3 agrees with TA-Lib on these, its own implementation being another.
describe('trading-signals', () => {
  it('agrees on rsi', () => {
    const oracle = new RSI(14);
    expect(
      differences(
        computeBatch('rsi(14)', bars)['rsi'],
        [...bars.close].map((close) => oracle.add(close)),
      ),
    ).toBeLessThan(1e-9);
  });

  it('agrees on sma', () => {
    const oracle = new SMA(30);
    expect(
      differences(
        computeBatch('sma(30)', bars)['sma'],
        [...bars.close].map((close) => oracle.add(close)),
      ),
    ).toBeLessThan(1e-9);
  });

  it('agrees on bbands', () => {
    const oracle = new BollingerBands(20, 2);
    const readings = computeBatch('bbands(20,2)', bars);
    const wanted = [...bars.close].map((close) => oracle.add(close));
    expect(
      differences(
        readings['upperband'],
        wanted.map((band) => band?.upper ?? null),
      ),
    ).toBeLessThan(1e-9);
    expect(
      differences(
        readings['middleband'],
        wanted.map((band) => band?.middle ?? null),
      ),
    ).toBeLessThan(1e-9);
    expect(
      differences(
        readings['lowerband'],
        wanted.map((band) => band?.lower ?? null),
      ),
    ).toBeLessThan(1e-9);
  });
});
