import { discountFactor } from './kernels/discount-factor.ts';

/** Prices of a ladder of strikes, ascending; NaN where an option has no price. */
export type LadderPrices = Readonly<{ strikes: Float64Array; calls: Float64Array; puts: Float64Array }>;

/** A forward and where it comes from. */
export type Forward = Readonly<{ value: number; source: 'parity' | 'carry'; strike: number | null }>;

/**
 * Returns K + e^(rT) (C - P) at the strike of least |C - P| with both prices, the lower on a tie;
 * undefined when no strike has both.
 */
export function forwardByParity({ strikes, calls, puts }: LadderPrices, rate: number, years: number): Forward | undefined {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < strikes.length; i++) {
    const gap = Math.abs((calls[i] as number) - (puts[i] as number));
    // A missing price makes the gap NaN, which is less than nothing.
    if (gap < least) {
      least = gap;
      best = i;
    }
  }
  if (best < 0) return undefined;
  const strike = strikes[best] as number;
  const value = strike + ((calls[best] as number) - (puts[best] as number)) / discountFactor(rate, years);
  return value > 0 ? { value, source: 'parity', strike } : undefined;
}

/** Returns S e^((r - q) T): the forward of a spot that yields `dividendYield`. */
export function forwardByCarry(spot: number, cost: Readonly<{ rate: number; dividendYield: number; years: number }>): Forward {
  return { value: spot * discountFactor(cost.dividendYield - cost.rate, cost.years), source: 'carry', strike: null };
}
