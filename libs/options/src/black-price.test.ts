import { describe, expect, it } from '@jest/globals';
import { blackPrice } from './black-price.ts';

describe('blackPrice', () => {
  it('gives the put of Hull, Options, Futures and Other Derivatives, chapter 18', () => {
    const discount = Math.exp(-0.09 / 3);
    expect(blackPrice({ forward: 20, strike: 20, years: 1 / 3, volatility: 0.25, discount, right: 'P' })).toBeCloseTo(1.1166414565589435, 12);
  });

  it('is the discounted intrinsic value when no time or no volatility is left', () => {
    const inputs = { forward: 110, strike: 100, discount: 0.9 } as const;
    expect(blackPrice({ ...inputs, years: 0, volatility: 0.2, right: 'C' })).toBeCloseTo(9, 12);
    expect(blackPrice({ ...inputs, years: 1, volatility: 0, right: 'P' })).toBe(0);
  });

  it('keeps put-call parity', () => {
    const inputs = { forward: 2510.2, strike: 2450, years: 0.05, volatility: 0.21, discount: 0.998 } as const;
    const call = blackPrice({ ...inputs, right: 'C' });
    const put = blackPrice({ ...inputs, right: 'P' });
    expect(call - put).toBeCloseTo(0.998 * 60.2, 10);
  });
});
