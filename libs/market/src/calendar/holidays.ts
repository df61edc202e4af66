import { DAY_MS, dayOf, nthWeekday, weekdayOf, yearOf } from './dates.ts';

/** Full days on which NYSE and Nasdaq were closed out of turn: Hurricane Sandy, and mourning for presidents Bush and Carter. */
const specialClosures = ['2012-10-29', '2012-10-30', '2018-12-05', '2025-01-09'].map(dayOf);

/** Easter Sunday as a day number (anonymous Gregorian computus, Meeus). */
const easter = (year: number): number => {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = b - Math.floor(b / 4) - Math.floor((8 * b + 13) / 25);
  const h = (19 * a + d + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return Date.UTC(year, Math.floor(n / 31) - 1, (n % 31) + 1) / DAY_MS;
};

const fixed = (year: number, month: number, date: number): number => Date.UTC(year, month - 1, date) / DAY_MS;

/** A holiday on Sunday is kept on Monday; one on Saturday on Friday. */
const observed = (day: number): number => {
  const weekday = weekdayOf(day);
  if (weekday === 0) return day + 1;
  return weekday === 6 ? day - 1 : day;
};

/** New Year's Day on a Saturday is not kept: the Friday before belongs to the old year's books (NYSE rule 7.2). */
const newYear = (year: number): number => {
  const day = fixed(year, 1, 1);
  return weekdayOf(day) === 6 ? day : observed(day);
};

const closedIn = (year: number): ReadonlySet<number> =>
  new Set([
    newYear(year),
    nthWeekday(year, 1, { weekday: 1, n: 3 }),
    nthWeekday(year, 2, { weekday: 1, n: 3 }),
    easter(year) - 2,
    nthWeekday(year, 5, { weekday: 1, n: -1 }),
    ...(year >= 2022 ? [observed(fixed(year, 6, 19))] : []),
    observed(fixed(year, 7, 4)),
    nthWeekday(year, 9, { weekday: 1, n: 1 }),
    nthWeekday(year, 11, { weekday: 4, n: 4 }),
    observed(fixed(year, 12, 25)),
    ...specialClosures,
  ]);

/** 13:00 closes: the day after Thanksgiving, 24 December, and 3 July when the 4th is a weekday (all only if not closed anyway). */
const halfDaysIn = (year: number): ReadonlySet<number> =>
  new Set([nthWeekday(year, 11, { weekday: 4, n: 4 }) + 1, fixed(year, 7, 3), fixed(year, 12, 24)]);

const byYear = <T>(make: (year: number) => T): ((year: number) => T) => {
  const made = new Map<number, T>();
  return (year) => {
    const known = made.get(year);
    if (known !== undefined) return known;
    const fresh = make(year);
    made.set(year, fresh);
    return fresh;
  };
};
const closed = byYear(closedIn);
const halfDays = byYear(halfDaysIn);

/** Tells whether NYSE and Nasdaq trade on a day number. Rules as of 2009 to 2030 with the special closures known. */
export function isTradingDay(day: number): boolean {
  const weekday = weekdayOf(day);
  return weekday !== 0 && weekday !== 6 && !closed(yearOf(day)).has(day);
}

/** Tells whether a trading day ends at 13:00 New York instead of 16:00. */
export function isHalfDay(day: number): boolean {
  return isTradingDay(day) && halfDays(yearOf(day)).has(day);
}
