import { type Session, sessionsOf } from '@signal/market';
import { SignalError } from '@signal/contracts';

/** Sessions by which every instrument of the replay moves. */
export const marketCalendar = sessionsOf('INDEX');

/** Returns the market's session in which an instant lies, its close included; between sessions the next one. */
export function marketSessionFrom(tMs: number): Session {
  const closed = marketCalendar.previous(tMs);
  if (closed.closesMs === tMs) return closed;
  return marketCalendar.sessionAt(tMs) ?? marketCalendar.next(tMs);
}

/** Returns market time `ms` of open hours after an instant; closed hours take no time. */
export function advanceMarket(fromMs: number, ms: number): number {
  let session = marketSessionFrom(fromMs);
  let atMs = Math.max(fromMs, session.opensMs);
  let left = ms;
  while (atMs + left > session.closesMs) {
    left -= session.closesMs - atMs;
    session = marketCalendar.next(session.closesMs);
    atMs = session.opensMs;
  }
  return atMs + left;
}

/** Returns the open hours between two instants, at most a session's. */
export function marketDistance(fromMs: number, toMs: number): number {
  const session = marketSessionFrom(fromMs);
  const direct = toMs - Math.max(fromMs, session.opensMs);
  if (toMs <= session.closesMs) return direct;
  return session.closesMs - Math.max(fromMs, session.opensMs) + (toMs - marketSessionFrom(toMs).opensMs);
}

/** How a replay runs. `speed` = event seconds a wall second, or as fast as readers follow up to `to`. */
export type ReplayPace = Readonly<{ from: string; to: string; stopsAtTo: boolean; once: boolean; speed: number | 'max' }>;

/** Event seconds a wall second, where nothing else is said and after a run at full speed. */
export const DEFAULT_SPEED = 60;

/** Market time of the replay: one for all partitions of all members. */
export interface MarketClock {
  readonly once: boolean;
  /** Whether market time stays at the limit once it is there. */
  readonly stops: boolean;
  /** The first session's open. */
  readonly beginMs: number;
  /** The close of the last session up to `to`. */
  readonly limitMs: number;
  /** Returns the market time that has been reached: what is stamped at or before it is due. */
  nowMs(): number;
  /** Returns in how many wall milliseconds a market time will be reached, or undefined when it will not. */
  dueInMs(tMs: number): number | undefined;
  /** Market time is at least this: a partition has published it, or another member says so. */
  raise(tMs: number): void;
}

const closeUpTo = (date: string): number => {
  const open = sessionsOf('INDEX').byDate(date);
  return open?.closesMs ?? marketCalendar.previous(Date.parse(`${date}T12:00:00Z`)).closesMs;
};

/** Returns the market clock of a replay; `wallMs` reads the wall clock. Throws `argument_invalid` when nothing lies between `from` and `to`. */
export function createMarketClock(pace: ReplayPace, wallMs: () => number): MarketClock {
  const beginMs = (marketCalendar.byDate(pace.from) ?? marketCalendar.next(Date.parse(`${pace.from}T00:00:00Z`))).opensMs;
  const limitMs = closeUpTo(pace.to);
  if (limitMs <= beginMs)
    throw new SignalError('argument_invalid', `the replay is from ${pace.from} to ${pace.to}, and no session of the market lies between`);
  const stops = pace.stopsAtTo || pace.once;
  const speed = pace.speed === 'max' ? DEFAULT_SPEED : pace.speed;
  let anchor = { marketMs: pace.speed === 'max' ? limitMs : beginMs, wallMs: wallMs() };
  const now = (): number => {
    const wall = wallMs();
    // Moved along at every reading, so that a long run never has to count through years of sessions.
    anchor = { marketMs: advanceMarket(anchor.marketMs, Math.max(0, wall - anchor.wallMs) * speed), wallMs: wall };
    return stops ? Math.min(anchor.marketMs, limitMs) : anchor.marketMs;
  };
  return {
    once: pace.once,
    stops,
    beginMs,
    limitMs,
    nowMs: now,
    dueInMs: (tMs) => {
      if (stops && tMs > limitMs) return undefined;
      const reached = now();
      return tMs <= reached ? 0 : Math.ceil(marketDistance(reached, tMs) / speed);
    },
    raise: (tMs) => {
      if (tMs > now()) anchor = { marketMs: tMs, wallMs: wallMs() };
    },
  };
}
