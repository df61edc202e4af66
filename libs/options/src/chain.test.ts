import { optionStatuses } from '@signal/contracts';
import { describe, expect, it } from '@jest/globals';
import { blackPrice } from './black-price.ts';
import { priceChain } from './chain.ts';
import { forwardByCarry, forwardByParity } from './forward.ts';
import { interpolateAt, logMoneyness, moneynessLabel, nearestStrike, standardisedMoneyness } from './moneyness.ts';
import { choosePrice } from './quote-price.ts';
import { yearsBetween } from './year-fraction.ts';

const strikes = Float64Array.of(2400, 2450, 2500, 2550, 2600);
const at = { spot: 2500, rate: 0.024, dividendYield: 0.019, years: 0.05 };
const forward = 2510;
const smile = Float64Array.of(0.26, 0.24, 0.22, 0.2, 0.19);
const prices = (right: 'C' | 'P'): Float64Array =>
  strikes.map((strike, i) => blackPrice({ forward, strike, years: 0.05, volatility: smile[i] ?? 0, discount: Math.exp(-0.024 * 0.05), right }));

describe('priceChain', () => {
  it('recovers the forward and the smile that its prices were made with', () => {
    const chain = priceChain({ ladder: { strikes, calls: prices('C'), puts: prices('P') }, ...at });
    expect(chain.forward).toMatchObject({ source: 'parity', strike: 2500 });
    expect(chain.forward.value).toBeCloseTo(forward, 9);
    chain.volatilities.forEach((volatility, i) => expect(volatility).toBeCloseTo(smile[i] ?? 0, 10));
    expect(chain.atmVolatility).toBeCloseTo(0.22 + (10 / 50) * (0.2 - 0.22), 10);
    expect(strikes[chain.atmIndex]).toBe(2500);
    expect((chain.columns.delta[4] ?? 0) - (chain.columns.delta[5] ?? 0)).toBeCloseTo(Math.exp(-0.024 * 0.05), 12);
  });

  it('says no_quote where the out-of-the-money side has no price, and leaves its greeks NaN', () => {
    const calls = prices('C');
    calls[4] = Number.NaN;
    const chain = priceChain({ ladder: { strikes, calls, puts: prices('P') }, ...at });
    expect(optionStatuses[chain.statuses[4] ?? 0]).toBe('no_quote');
    expect(chain.volatilities[4]).toBeNaN();
    expect(chain.columns.delta[8]).toBeNaN();
    expect(chain.columns.delta[6]).toBeGreaterThan(0);
  });

  it('takes the forward from spot and carry when no strike has both prices', () => {
    const chain = priceChain({ ladder: { strikes, calls: prices('C'), puts: strikes.map(() => Number.NaN) }, ...at });
    expect(chain.forward.source).toBe('carry');
    expect(chain.forward.value).toBeCloseTo(2500 * Math.exp(0.005 * 0.05), 9);
  });

  it('calls a volatility outside 1e-4 to 10 an artefact of the quote', () => {
    const calls = Float64Array.of(110, 60, 10, 2549, 1e-300);
    const chain = priceChain({ ladder: { strikes, calls, puts: Float64Array.of(0.1, 0.1, 0.1, 40, 90) }, ...at, rate: 0, years: 1e-4 });
    expect([...chain.statuses.subarray(3)].map((code) => optionStatuses[code])).toEqual(['above_max', 'ok']);
  });
});

describe('forward', () => {
  it('takes the lower strike when two are equally close', () => {
    const ladder = { strikes: Float64Array.of(95, 105), calls: Float64Array.of(8, 3), puts: Float64Array.of(3, 8) };
    expect(forwardByParity(ladder, 0, 1)).toEqual({ value: 100, source: 'parity', strike: 95 });
  });

  it('is S e^((r - q) T) by carry', () => {
    expect(forwardByCarry(100, { rate: 0.05, dividendYield: 0.02, years: 2 }).value).toBeCloseTo(100 * Math.exp(0.06), 10);
  });
});

describe('moneyness', () => {
  it('labels by steps of the ladder, mirrored for puts', () => {
    expect([0, 2, 4].map((index) => moneynessLabel(index, 2, 'C'))).toEqual(['ITM2', 'ATM', 'OTM2']);
    expect([0, 2, 4].map((index) => moneynessLabel(index, 2, 'P'))).toEqual(['OTM2', 'ATM', 'ITM2']);
  });

  it('takes the lower of two strikes equally near', () => {
    expect(nearestStrike(Float64Array.of(100, 110), 105)).toBe(0);
    expect(() => nearestStrike(new Float64Array(), 1)).toThrow('at least 1');
  });

  it('is ln(K / F), and that over volatility * sqrt(years)', () => {
    expect(logMoneyness(110, 100)).toBeCloseTo(0.0953101798, 9);
    expect(standardisedMoneyness(110, 100, { volatility: 0.2, years: 0.25 })).toBeCloseTo(0.953101798, 8);
  });

  it('interpolates between strikes with a value, and not beyond them', () => {
    const column = Float64Array.of(Number.NaN, 0.3, Number.NaN, 0.1, Number.NaN);
    expect([2440, 2450, 2500, 2560].map((level) => interpolateAt(strikes, column, level))).toEqual([
      Number.NaN,
      0.3,
      expect.closeTo(0.2, 12),
      Number.NaN,
    ]);
  });
});

describe('choosePrice', () => {
  it.each([
    [
      { bid: 1, ask: 2, last: 5, isLastYoung: true },
      { price: 1.5, source: 'mid' },
    ],
    [
      { bid: 2, ask: 1, last: 5, isLastYoung: true },
      { price: 5, source: 'last' },
    ],
    [
      { bid: 0, ask: 2, last: 5, isLastYoung: false },
      { price: Number.NaN, source: 'none' },
    ],
  ] as const)('of %j is %j', (seen, chosen) => {
    expect(choosePrice(seen)).toEqual(chosen);
  });
});

describe('yearsBetween', () => {
  it('counts 365 days of milliseconds', () => {
    expect(yearsBetween(0, 365 * 86_400_000)).toBe(1);
  });
});
