import { DAY_MS, dateOf, dayOf, nthWeekday, weekdayOf, yearOf } from '../calendar/dates.ts';
import { isTradingDay } from '../calendar/holidays.ts';
import { sessionsOf } from '../calendar/sessions.ts';

/** One listed expiry: the date, and the instant at which its options cease (the close of that session). */
export type Expiry = Readonly<{ expiry: string; expiresMs: number }>;

const WEEKLY = 4;
const MONTHLY = 3;

const onTradingDay = (day: number): number => {
  let at = day;
  while (!isTradingDay(at)) at--;
  return at;
};

const thirdFridays = (day: number): readonly number[] => {
  const year = yearOf(day);
  const month = new Date(day * DAY_MS).getUTCMonth() + 1;
  return Array.from({ length: MONTHLY + 1 }, (_, k) => nthWeekday(year, month + k, { weekday: 5, n: 3 }));
};

/**
 * Returns the expiries listed on a date, ascending and without repeats: the next four Fridays and the next three third Fridays,
 * that date included; a Friday without a session gives way to the trading day before it.
 */
export function expiriesOf(date: string): readonly Expiry[] {
  const day = dayOf(date);
  const friday = day + ((5 - weekdayOf(day) + 7) % 7);
  const upcoming = (fridays: readonly number[], count: number): readonly number[] =>
    fridays
      .map(onTradingDay)
      .filter((at) => at >= day)
      .slice(0, count);
  const weekly = upcoming(
    Array.from({ length: WEEKLY + 1 }, (_, k) => friday + 7 * k),
    WEEKLY,
  );
  const days = [...new Set([...weekly, ...upcoming(thirdFridays(day), MONTHLY)])].sort((a, b) => a - b);
  return days.flatMap((at) => {
    const session = sessionsOf('INDEX').byDay(at);
    return session === undefined ? [] : [{ expiry: dateOf(at), expiresMs: session.closesMs }];
  });
}
