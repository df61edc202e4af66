import { type Bar, isDaily, parseInterval } from '@signal/contracts';
import { type BarBuilder, createBarBuilder, dayOf, type Session } from '@signal/market';
import type { History } from '../feed/partition-feed.ts';
import { noHistory } from '../feed/partition-feed.ts';
import { marketCalendar } from './market-clock.ts';
import type { ReplayInstrument } from './replay-instrument.ts';

/** Sessions of intraday bars that stand before the market's first event. */
export const EARLIER_SESSIONS = 5;

/** History is not said bit by bit, so its builder gives no forming bars. */
const silent = { latenessMs: 0, idleMs: 0, throttleMs: Number.POSITIVE_INFINITY };
const oneDay = parseInterval('1d');

/** Adds the ticks of a session stamped at or before the cutoff. */
const addTicks = (builder: BarBuilder, of: ReplayInstrument, { session, cutoffMs }: Readonly<{ session: Session; cutoffMs: number }>): void => {
  const ticks = of.ticks(session);
  if (ticks === undefined) return;
  for (let k = 0; k < ticks.count; k++) {
    const tMs = session.opensMs + k * ticks.stepS * 1_000;
    if (tMs > cutoffMs) return;
    builder.trade({ instrument: of.instrument, tMs, price: ticks.price(k), size: ticks.size(k), source: ticks.source });
  }
};

/** The last sessions that closed by the cutoff, oldest first, then the one that runs. */
const sessionsUpTo = (cutoffMs: number): readonly Session[] => {
  const running = marketCalendar.sessionAt(cutoffMs);
  const sessions = running === undefined ? [] : [running];
  let atMs = running === undefined ? cutoffMs : running.opensMs;
  for (let k = 0; k < EARLIER_SESSIONS; k++) {
    const closed = marketCalendar.previous(atMs);
    sessions.unshift(closed);
    atMs = closed.opensMs;
  }
  return sessions;
};

const addDays = (builder: BarBuilder, of: ReplayInstrument, cutoffMs: number): void => {
  const running = marketCalendar.sessionAt(cutoffMs);
  const day = running === undefined ? marketCalendar.dayAt(cutoffMs) : dayOf(running.session);
  const upTo = running === undefined ? day + 1 : day;
  for (const row of of.days?.allBefore(upTo) ?? []) {
    const session = marketCalendar.byDay(row.day);
    if (session === undefined || session.closesMs > cutoffMs) continue;
    const { open, high, low, close, volume, source } = row;
    builder.bar({ instrument: of.instrument, interval: oneDay, tMs: session.opensMs, open, high, low, close, volume, source });
  }
  if (running !== undefined) addTicks(builder, of, { session: running, cutoffMs });
};

/**
 * Returns the bars of a replayed series up to a market time: days and longer from all rows, shorter ones from the ticks of the last
 * sessions; where a formula makes the ticks, all from those.
 */
export function replayHistory(of: ReplayInstrument | undefined, interval: string, cutoffMs: number): History {
  if (of === undefined) return noHistory;
  const builder = createBarBuilder(silent);
  builder.open(of.instrument, interval);
  if (isDaily(parseInterval(interval)) && of.days !== undefined) addDays(builder, of, cutoffMs);
  else for (const session of sessionsUpTo(cutoffMs)) addTicks(builder, of, { session, cutoffMs });
  builder.mark(cutoffMs);
  const finals: readonly Bar[] = builder.take();
  const forming = builder.forming(of.instrument, interval)[0];
  return { finals, forming: forming === undefined ? undefined : { ...forming, dirty: false } };
}
