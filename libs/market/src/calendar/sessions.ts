import { DAY_MS, dateOf, dayOf, weekdayOf } from './dates.ts';
import { isHalfDay, isTradingDay } from './holidays.ts';
import { newYorkDay, newYorkInstant } from './new-york.ts';

/** One session `[opensMs, closesMs)`, named by the exchange's date. */
export type Session = Readonly<{ session: string; opensMs: number; closesMs: number }>;

/** The sessions of a venue. */
export interface SessionCalendar {
  /** Returns the session that runs at an instant, or undefined while the venue is closed. */
  sessionAt(tMs: number): Session | undefined;
  /** Returns the first session that opens after an instant. */
  next(tMs: number): Session;
  /** Returns the last session that closed at or before an instant. */
  previous(tMs: number): Session;
  /** Returns the session of a date, or undefined when the venue does not open. */
  byDate(date: string): Session | undefined;
  /** Returns the session of a day number (days since 1970-01-01), or undefined. */
  byDay(day: number): Session | undefined;
  /** Returns the day number whose session could run at an instant. */
  dayAt(tMs: number): number;
}

type Rules = Readonly<{ opens(day: number): boolean; span(day: number): readonly [number, number]; dayAt(tMs: number): number }>;

const exchange: Rules = {
  opens: isTradingDay,
  span: (day) => [newYorkInstant(day, 570), newYorkInstant(day, isHalfDay(day) ? 780 : 960)],
  dayAt: newYorkDay,
};

/** The day of a date turns at 17:00 New York of the day before: Monday begins on Sunday evening. */
const foreignExchange: Rules = {
  opens: (day) => weekdayOf(day) !== 0 && weekdayOf(day) !== 6,
  span: (day) => [newYorkInstant(day - 1, 1020), newYorkInstant(day, 1020)],
  dayAt: (tMs) => {
    const day = newYorkDay(tMs);
    return tMs >= newYorkInstant(day, 1020) ? day + 1 : day;
  },
};

const always: Rules = {
  opens: () => true,
  span: (day) => [day * DAY_MS, (day + 1) * DAY_MS],
  dayAt: (tMs) => Math.floor(tMs / DAY_MS),
};

const rulesOf: Readonly<Record<string, Rules>> = { NASDAQ: exchange, NYSE: exchange, INDEX: exchange, COMM: exchange, FX: foreignExchange };

/** No venue of ours stays closed longer; the bound ends a search that could not end. */
const LONGEST_PAUSE_DAYS = 14;

const createCalendar = (rules: Rules): SessionCalendar => {
  const known = new Map<number, Session | undefined>();
  const byDay = (day: number): Session | undefined => {
    if (known.has(day)) return known.get(day);
    const [opensMs, closesMs] = rules.span(day);
    const session = rules.opens(day) ? { session: dateOf(day), opensMs, closesMs } : undefined;
    known.set(day, session);
    return session;
  };
  const search = (from: number, step: 1 | -1, fits: (session: Session) => boolean): Session => {
    let last: Session = { session: dateOf(from), opensMs: from * DAY_MS, closesMs: from * DAY_MS };
    for (let k = 0; k <= LONGEST_PAUSE_DAYS; k++) {
      const session = byDay(from + k * step);
      if (session !== undefined) last = session;
      if (session !== undefined && fits(session)) return session;
    }
    return last;
  };
  return {
    byDay,
    dayAt: rules.dayAt,
    byDate: (date) => byDay(dayOf(date)),
    sessionAt: (tMs) => {
      const session = byDay(rules.dayAt(tMs));
      return session !== undefined && tMs >= session.opensMs && tMs < session.closesMs ? session : undefined;
    },
    next: (tMs) => search(rules.dayAt(tMs), 1, (session) => session.opensMs > tMs),
    previous: (tMs) => search(rules.dayAt(tMs), -1, (session) => session.closesMs <= tMs),
  };
};

const exchangeCalendar = createCalendar(exchange);
const foreignExchangeCalendar = createCalendar(foreignExchange);
const alwaysCalendar = createCalendar(always);

/** Returns the calendar of a venue: NASDAQ, NYSE, INDEX and COMM keep New York's hours, FX its week, every other venue never closes. */
export function sessionsOf(venue: string): SessionCalendar {
  const rules = Object.hasOwn(rulesOf, venue) ? rulesOf[venue] : always;
  if (rules === exchange) return exchangeCalendar;
  return rules === foreignExchange ? foreignExchangeCalendar : alwaysCalendar;
}
