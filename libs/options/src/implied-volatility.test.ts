import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { europeanOption } from './european.ts';
import { type ImpliedInputs, impliedVolatility } from './implied-volatility.ts';

const EPSILON = 2 ** -52;
const base: ImpliedInputs = { price: 10, underlying: 100, strike: 100, years: 0.5, rate: 0.05, dividendYield: 0, right: 'C' };

describe('impliedVolatility', () => {
  it('returns the volatility that a price was made with, as far as the price still holds it', () => {
    fc.assert(
      fc.property(
        fc.record({
          ratio: fc.double({ min: 0.3, max: 3, noNaN: true }),
          years: fc.double({ min: 0.001, max: 3, noNaN: true }),
          rate: fc.double({ min: -0.02, max: 0.12, noNaN: true }),
          dividendYield: fc.double({ min: 0, max: 0.08, noNaN: true }),
          volatility: fc.double({ min: 0.02, max: 3, noNaN: true }),
          right: fc.constantFrom('C' as const, 'P' as const),
        }),
        ({ ratio, volatility, ...rest }) => {
          const at = { underlying: 1000, strike: 1000 * ratio, ...rest };
          const { values } = europeanOption({ ...at, model: 'bsm', volatility });
          if (values === null || !(values.price > 1e-250) || !(values.vega > 0)) return true;
          const condition = (EPSILON * Math.max(values.price, 1000)) / (values.vega * volatility);
          const reading = impliedVolatility({ ...at, price: values.price });
          if (condition > 1e-4) return reading.status !== 'ok' || reading.volatility > 0;
          return reading.status === 'ok' && Math.abs(reading.volatility / volatility - 1) <= 16 * condition + 1e-12;
        },
      ),
      { numRuns: 2000, seed: 7 },
    );
  });

  it('never gives a zero, a negative or NaN, whatever it is given', () => {
    const any = fc.double({ noDefaultInfinity: false });
    fc.assert(
      fc.property(fc.tuple(any, any, any, any, any, any), ([price, underlying, strike, years, rate, dividendYield]) => {
        const reading = impliedVolatility({ price, underlying, strike, years, rate, dividendYield, right: 'P' });
        return reading.status === 'ok' ? reading.volatility > 0 : reading.volatility === null;
      }),
      { numRuns: 2000, seed: 7 },
    );
  });

  it.each([
    ['no_quote', { price: 0 }],
    ['above_max', { price: 100 }],
    ['below_intrinsic', { strike: 90, price: 12.2 }],
    ['at_intrinsic', { strike: 90, price: 12.22210791745006 }],
    ['expired', { years: 0 }],
    ['invalid', { underlying: Number.NaN }],
  ] as const)('says %s instead of a number', (status, change) => {
    expect(impliedVolatility({ ...base, ...change })).toEqual({ status, volatility: null });
  });

  it('solves a far tail whose price is near the least double', () => {
    const reading = impliedVolatility({ ...base, strike: 400, years: 0.01, rate: 0, price: 1e-290 });
    const volatility = reading.volatility ?? Number.NaN;
    const back = europeanOption({ ...base, model: 'bsm', strike: 400, years: 0.01, rate: 0, volatility });
    expect((back.values?.price ?? Number.NaN) / 1e-290).toBeCloseTo(1, 9);
  });
});
