import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { blackPrice } from './black-price.ts';
import { createOptionColumns, type OptionQuantity, toPublishedUnits } from './columns.ts';
import { type EuropeanInputs, europeanOption, expiredValues } from './european.ts';
import { fillGreeks } from './kernels/greeks-kernel.ts';

const market = fc.record({
  model: fc.constantFrom('bsm' as const, 'black76' as const),
  underlying: fc.double({ min: 1, max: 5000, noNaN: true }),
  deviations: fc.double({ min: -2.5, max: 2.5, noNaN: true }),
  years: fc.double({ min: 0.05, max: 3, noNaN: true }),
  rate: fc.double({ min: -0.02, max: 0.12, noNaN: true }),
  dividendYield: fc.double({ min: 0, max: 0.08, noNaN: true }),
  volatility: fc.double({ min: 0.08, max: 1.5, noNaN: true }),
});
const inputs = market.map(({ deviations, ...rest }) => ({
  ...rest,
  strike: rest.underlying * Math.exp(deviations * rest.volatility * Math.sqrt(rest.years)),
}));

const values = (at: Omit<EuropeanInputs, 'right'>, right: 'C' | 'P' = 'C'): Readonly<Record<OptionQuantity, number>> => {
  const reading = europeanOption({ ...at, right });
  if (reading.values === null) throw reading;
  return reading.values;
};

/** Fourth-order central difference of `f` at 0, by steps of h. */
const derivative = (f: (shift: number) => number, h: number): number => (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);

type Shift = (at: Omit<EuropeanInputs, 'right'>, by: number) => Omit<EuropeanInputs, 'right'>;
const spot: Shift = (at, by) => ({ ...at, underlying: at.underlying + by });
const strike: Shift = (at, by) => ({ ...at, strike: at.strike + by });
const later: Shift = (at, by) => ({ ...at, years: at.years - by });
const volatility: Shift = (at, by) => ({ ...at, volatility: at.volatility + by });
const rate: Shift = (at, by) => ({ ...at, rate: at.rate + by });
const carry: Shift = (at, by) => ({ ...at, dividendYield: at.dividendYield + by });

/** Each greek as the derivative of a quantity that is known already. */
const derivatives: readonly (readonly [greek: OptionQuantity, of: OptionQuantity, by: Shift])[] = [
  ['delta', 'price', spot],
  ['gamma', 'delta', spot],
  ['speed', 'gamma', spot],
  ['dualDelta', 'price', strike],
  ['dualGamma', 'dualDelta', strike],
  ['theta', 'price', later],
  ['charm', 'delta', later],
  ['veta', 'vega', later],
  ['color', 'gamma', later],
  ['vega', 'price', volatility],
  ['vanna', 'delta', volatility],
  ['volga', 'vega', volatility],
  ['zomma', 'gamma', volatility],
  ['ultima', 'volga', volatility],
];

/** Over how much of itself an input changes the option: the step is a thousandth of that. */
const widthOf = (shift: Shift, at: Omit<EuropeanInputs, 'right'>): number => {
  if (shift === later) return at.years;
  if (shift === volatility) return at.volatility;
  return at.underlying * at.volatility * Math.sqrt(at.years);
};

describe('European greeks', () => {
  it.each(derivatives)('%s is the derivative of %s', (greek, of, shift) => {
    fc.assert(
      fc.property(inputs, fc.constantFrom('C' as const, 'P' as const), (at, right) => {
        const h = 1e-3 * widthOf(shift, at);
        const numeric = derivative((by) => values(shift(at, by), right)[of], h);
        const exact = values(at, right)[greek];
        // What the stencil resolves: its truncation, and the rounding of the quantity (at most the underlying's size) over the step.
        const size = Math.max(Math.abs(values(at, right)[of]), of === 'price' ? 1e-3 * at.underlying : 0);
        return Math.abs(numeric - exact) <= 1e-7 * Math.abs(exact) + (1e-10 * size) / h;
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it('rho is the derivative of the price by the rate', () => {
    fc.assert(
      fc.property(inputs, (at) => {
        const numeric = derivative((by) => values(rate(at, by)).price, 1e-4);
        return Math.abs(numeric - values(at).rho) <= 1e-7 * at.underlying * at.years;
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it('epsilon is the derivative of the price by the dividend yield', () => {
    fc.assert(
      fc.property(inputs, (at) => {
        const bsm = { ...at, model: 'bsm' as const };
        const numeric = derivative((by) => values(carry(bsm, by)).price, 1e-4);
        return Math.abs(numeric - values(bsm).epsilon) <= 1e-7 * at.underlying * at.years;
      }),
      { numRuns: 50, seed: 7 },
    );
  });

  it('keeps put-call parity', () => {
    fc.assert(
      fc.property(inputs, (at) => {
        const yields = at.model === 'black76' ? at.rate : at.dividendYield;
        const forwardValue = at.underlying * Math.exp(-yields * at.years);
        const strikeValue = at.strike * Math.exp(-at.rate * at.years);
        const gap = values(at, 'C').price - values(at, 'P').price - (forwardValue - strikeValue);
        return Math.abs(gap) <= 1e-13 * (forwardValue + strikeValue);
      }),
      { seed: 7 },
    );
  });

  it('prices calls lower, and puts higher, at a higher strike; both higher at a higher volatility', () => {
    fc.assert(
      fc.property(inputs, fc.double({ min: 0.001, max: 0.2, noNaN: true }), (at, part) => {
        const dearer = { ...at, strike: at.strike * (1 + part) };
        const wilder = { ...at, volatility: at.volatility * (1 + part) };
        return (
          values(dearer, 'C').price < values(at, 'C').price &&
          values(dearer, 'P').price > values(at, 'P').price &&
          values(wilder, 'C').price > values(at, 'C').price &&
          values(wilder, 'P').price > values(at, 'P').price
        );
      }),
      { seed: 7 },
    );
  });
});

describe('the kernel', () => {
  it('gives bit for bit the same in a batch, in call-put pairs and alone', () => {
    fc.assert(
      fc.property(inputs, fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: 1, maxLength: 8 }), (at, ratios) => {
        const strikes = Float64Array.from(ratios, (ratio) => ratio * at.underlying);
        const rows = { count: strikes.length, strikes, logStrikes: strikes.map(Math.log), volatilities: strikes.map(() => at.volatility) };
        const slice = {
          spot: at.underlying,
          years: at.years,
          rate: at.rate,
          yield: at.model === 'black76' ? at.rate : at.dividendYield,
          model: at.model,
        };
        const puts = createOptionColumns(strikes.length);
        const pairs = createOptionColumns(2 * strikes.length);
        fillGreeks(slice, { ...rows, sides: strikes.map(() => -1) }, puts);
        fillGreeks(slice, rows, pairs);
        strikes.forEach((at1, index) => {
          const alone = values({ ...at, strike: at1 }, 'P');
          for (const [name, column] of Object.entries(puts)) {
            expect(column[index]).toBe(alone[name as OptionQuantity]);
            expect(pairs[name as OptionQuantity][2 * index + 1]).toBe(alone[name as OptionQuantity]);
          }
        });
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  it('prices as blackPrice does, bit for bit', () => {
    fc.assert(
      fc.property(inputs, ({ underlying: forward, ...at }) => {
        const price = blackPrice({ forward, strike: at.strike, years: at.years, volatility: at.volatility, discount: 1, right: 'P' });
        expect(price).toBe(values({ ...at, underlying: forward, model: 'black76', rate: 0 }, 'P').price);
      }),
      { seed: 7 },
    );
  });

  it('gives NaN, never 0, to a strike without a volatility, and goes on', () => {
    const columns = createOptionColumns(4);
    const strikes = Float64Array.of(90, 100);
    const volatilities = Float64Array.of(Number.NaN, 0.2);
    fillGreeks(
      { spot: 100, years: 1, rate: 0, yield: 0, model: 'black76' },
      { count: 2, strikes, logStrikes: strikes.map(Math.log), volatilities },
      columns,
    );
    expect([...columns.delta.subarray(0, 2), ...columns.price.subarray(0, 2)]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    expect(columns.price[2]).toBeCloseTo(7.965567455405798, 12);
  });

  it('publishes theta a calendar day, vega and rho a point', () => {
    const columns = createOptionColumns(1);
    columns.theta[0] = -365;
    columns.vega[0] = 200;
    columns.rho[0] = 300;
    columns.gamma[0] = 5;
    toPublishedUnits(columns);
    expect([columns.theta[0], columns.vega[0], columns.rho[0], columns.gamma[0]]).toEqual([-1, 2, 3, 5]);
  });
});

describe('an expired option', () => {
  it('is worth what it pays, and half a share exactly at the money', () => {
    expect(expiredValues(110, 100, 'C')).toMatchObject({ price: 10, delta: 1, dualDelta: -1, gamma: 0, theta: 0 });
    expect(expiredValues(110, 100, 'P')).toMatchObject({ price: 0, delta: 0 });
    expect(expiredValues(100, 100, 'P')).toMatchObject({ price: 0, delta: -0.5 });
  });
});
