import { dayOf, type Session } from '@signal/market';
import type { Days } from './days.ts';
import type { ReplayInstrument } from './replay-instrument.ts';

const WINDOW = 20;
const FALLBACK_ADDED = 0.03;
const LEAST = 0.05;
const MOST = 2;
const bounded = (volatility: number): number => Math.min(MOST, Math.max(LEAST, volatility));

/** Close-to-close volatility of the last 20 days before a date, a year of 252 days, plus 0.03. */
const realised = (days: Days, day: number): number => {
  const closes = days
    .allBefore(day)
    .slice(-WINDOW - 1)
    .map((row) => row.close);
  const returns = closes.slice(1).map((close, k) => Math.log(close / (closes[k] ?? close)));
  if (returns.length < 2) return 0.2;
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const variance = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (returns.length - 1);
  return Math.sqrt(252 * variance) + FALLBACK_ADDED;
};

/**
 * Returns the at-the-money volatility of a session by tick: the VIX tick of that same instant (published on INDEX:VIX as it happens,
 * so nothing is known early), else the realised volatility before the session.
 */
export function volatilityLevel(underlying: Days, vix: ReplayInstrument | undefined, session: Session): (index: number) => number {
  const ticks = vix?.ticks(session);
  if (ticks !== undefined) return (index) => bounded(ticks.price(index) / 100);
  const level = bounded(realised(underlying, dayOf(session.session)));
  return () => level;
}
