import { SignalError } from '@signal/contracts';
import type { Right } from './right.ts';

/** Returns the index of the strike nearest to `level` in an ascending ladder, the lower on a tie. */
export function nearestStrike(strikes: Float64Array, level: number): number {
  let best = 0;
  for (let i = 1; i < strikes.length; i++) {
    if (Math.abs((strikes[i] as number) - level) < Math.abs((strikes[best] as number) - level)) best = i;
  }
  if (strikes.length === 0) throw new SignalError('argument_invalid', 'the ladder has 0 strikes, and must have at least 1');
  return best;
}

/** Returns `ATM`, or `ITMn` / `OTMn` with n the steps along the ladder: calls above the money are out of it, puts below. */
export function moneynessLabel(strikeIndex: number, atmIndex: number, right: Right): string {
  const steps = strikeIndex - atmIndex;
  if (steps === 0) return 'ATM';
  const isOut = right === 'C' ? steps > 0 : steps < 0;
  return `${isOut ? 'OTM' : 'ITM'}${Math.abs(steps)}`;
}

/** Returns ln(strike / forward). */
export function logMoneyness(strike: number, forward: number): number {
  return Math.log(strike / forward);
}

/** Returns ln(strike / forward) in standard deviations: divided by volatility * sqrt(years). */
export function standardisedMoneyness(strike: number, forward: number, spread: Readonly<{ volatility: number; years: number }>): number {
  return logMoneyness(strike, forward) / (spread.volatility * Math.sqrt(spread.years));
}

/** Returns the column's value at `level` by linear interpolation over the strikes that have one; NaN outside their range. */
export function interpolateAt(strikes: Float64Array, column: Float64Array, level: number): number {
  let below = -1;
  for (let i = 0; i < strikes.length; i++) {
    if (Number.isNaN(column[i])) continue;
    const strike = strikes[i] as number;
    if (strike === level) return column[i] as number;
    if (strike > level) return below < 0 ? Number.NaN : between(strikes, column, { below, above: i, level });
    below = i;
  }
  return Number.NaN;
}

const between = (strikes: Float64Array, column: Float64Array, at: Readonly<{ below: number; above: number; level: number }>): number => {
  const from = strikes[at.below] as number;
  const share = (at.level - from) / ((strikes[at.above] as number) - from);
  return (column[at.below] as number) + share * ((column[at.above] as number) - (column[at.below] as number));
};
