import { SignalError } from '@signal/contracts';

/** Milliseconds of a UTC day. */
export const DAY_MS = 86_400_000;

const shape = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Returns the days from 1970-01-01 to a date `YYYY-MM-DD`, or throws `argument_invalid`. */
export function dayOf(date: string): number {
  const parts = shape.exec(date);
  const day = parts === null ? Number.NaN : Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])) / DAY_MS;
  if (Number.isNaN(day) || dateOf(day) !== date) {
    throw new SignalError('argument_invalid', `date is ${JSON.stringify(date.slice(0, 20))}, and must be a day written YYYY-MM-DD`);
  }
  return day;
}

/** Returns the date `YYYY-MM-DD` that lies `day` days after 1970-01-01. */
export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Returns the weekday of a day number: 0 Sunday to 6 Saturday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** Returns the year of a day number. */
export function yearOf(day: number): number {
  return new Date(day * DAY_MS).getUTCFullYear();
}

/** Returns the day number of the n-th given weekday of a month (1 to 12); n = -1 means the last. */
export function nthWeekday(year: number, month: number, { weekday, n }: Readonly<{ weekday: number; n: number }>): number {
  if (n > 0) {
    const first = Date.UTC(year, month - 1, 1) / DAY_MS;
    return first + ((weekday - weekdayOf(first) + 7) % 7) + 7 * (n - 1);
  }
  const last = Date.UTC(year, month, 0) / DAY_MS;
  return last - ((weekdayOf(last) - weekday + 7) % 7);
}
