import { clockMs, type Interval } from '@signal/contracts';
import { DAY_MS } from '../calendar/dates.ts';
import { sessionsOf } from '../calendar/sessions.ts';

/** The half-open span of a bar; `session` is the date of its first session from one day up, else ''. */
export type BarSpan = Readonly<{ startMs: number; endMs: number; session: string }>;

/** Monday 1970-01-05: weeks are counted from it. */
const FIRST_MONDAY = 4;
/** Saturday 1970-01-03: open only where no day is a day of rest. */
const A_SATURDAY = 2;

const monthStart = (month: number): number => Date.UTC(1970, month, 1) / DAY_MS;
const monthOf = (day: number): number => {
  const date = new Date(day * DAY_MS);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
};
const down = (value: number, step: number): number => Math.floor(value / step) * step;

/** Weekdays since the first Monday, so that blocks of days hold equally many on venues that rest at weekends. */
const weekdayIndex = (day: number): number => {
  const since = day - FIRST_MONDAY;
  return Math.floor(since / 7) * 5 + Math.min(((since % 7) + 7) % 7, 5);
};
const dayOfWeekdayIndex = (index: number): number => FIRST_MONDAY + Math.floor(index / 5) * 7 + (((index % 5) + 5) % 5);

const restsAtWeekends = (venue: string): boolean => sessionsOf(venue).byDay(A_SATURDAY) === undefined;

/** Returns the calendar days `[from, to)` that one bar of a daily interval covers. */
const blockOf = (interval: Interval, venue: string, day: number): readonly [number, number] => {
  const { unit, count } = interval;
  if (unit === 'M') {
    const month = down(monthOf(day), count);
    return [monthStart(month), monthStart(month + count)];
  }
  if (unit === 'w') {
    const from = FIRST_MONDAY + down(day - FIRST_MONDAY, 7 * count);
    return [from, from + 7 * count];
  }
  if (count === 1) return [day, day + 1];
  if (!restsAtWeekends(venue)) return [down(day, count), down(day, count) + count];
  const index = down(weekdayIndex(day), count);
  return [dayOfWeekdayIndex(index), dayOfWeekdayIndex(index + count)];
};

const dailySpan = (interval: Interval, venue: string, day: number): BarSpan | undefined => {
  const calendar = sessionsOf(venue);
  const [from, to] = blockOf(interval, venue, day);
  let first = from;
  while (first < to && calendar.byDay(first) === undefined) first++;
  let last = to - 1;
  while (last > first && calendar.byDay(last) === undefined) last--;
  const opening = calendar.byDay(first);
  const closing = calendar.byDay(last);
  if (first >= to || opening === undefined || closing === undefined) return undefined;
  return { startMs: opening.opensMs, endMs: closing.closesMs, session: opening.session };
};

/**
 * Returns the bar of an interval in which an instant falls, or undefined outside the venue's sessions.
 * Below a day bars count from the session's open and the last is cut at its close; 1w (from Monday) and 1M are stamped with the
 * open of their first session. Blocks of N days, weeks or months count from 1970.
 */
export function barSpan(interval: Interval, venue: string, tMs: number): BarSpan | undefined {
  const calendar = sessionsOf(venue);
  const session = calendar.sessionAt(tMs);
  if (session === undefined) return undefined;
  const lengthMs = clockMs(interval);
  if (lengthMs === undefined) return dailySpan(interval, venue, calendar.dayAt(tMs));
  const startMs = session.opensMs + down(tMs - session.opensMs, lengthMs);
  return { startMs, endMs: Math.min(startMs + lengthMs, session.closesMs), session: '' };
}

/** Returns about how long a bar of an interval is, in milliseconds, to order intervals by; a month counts as 31 days. */
export function nominalMs(interval: Interval): number {
  const days = { d: 1, w: 7, M: 31 } as const;
  const unit = interval.unit;
  return clockMs(interval) ?? interval.count * DAY_MS * (unit === 'd' || unit === 'w' || unit === 'M' ? days[unit] : 1);
}
