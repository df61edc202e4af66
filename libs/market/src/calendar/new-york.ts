import { DAY_MS, nthWeekday, yearOf } from './dates.ts';

const HOUR_MS = 3_600_000;

type Summer = Readonly<{ fromMs: number; toMs: number }>;
const summers = new Map<number, Summer>();

/** Summer time by rule: since 2007 second Sunday of March to first of November, 1987 to 2006 first of April to last of October; at 02:00 local. */
const summerOf = (year: number): Summer => {
  const known = summers.get(year);
  if (known !== undefined) return known;
  const first = year >= 2007 ? nthWeekday(year, 3, { weekday: 0, n: 2 }) : nthWeekday(year, 4, { weekday: 0, n: 1 });
  const last = year >= 2007 ? nthWeekday(year, 11, { weekday: 0, n: 1 }) : nthWeekday(year, 10, { weekday: 0, n: -1 });
  const summer = { fromMs: first * DAY_MS + 7 * HOUR_MS, toMs: last * DAY_MS + 6 * HOUR_MS };
  summers.set(year, summer);
  return summer;
};

/** Returns what New York's clock is ahead of UTC at an instant, in milliseconds (−4 or −5 hours); by rule, exact from 1987 on. */
export function newYorkOffsetMs(tMs: number): number {
  const { fromMs, toMs } = summerOf(new Date(tMs).getUTCFullYear());
  return tMs >= fromMs && tMs < toMs ? -4 * HOUR_MS : -5 * HOUR_MS;
}

/** Returns the instant at which New York's clock shows `minutes` after midnight of a day number; times from 03:00 on are never ambiguous. */
export function newYorkInstant(day: number, minutes: number): number {
  const local = day * DAY_MS + minutes * 60_000;
  const { fromMs, toMs } = summerOf(yearOf(day));
  const asSummer = local + 4 * HOUR_MS;
  return asSummer >= fromMs && asSummer < toMs ? asSummer : local + 5 * HOUR_MS;
}

/** Returns the day number that New York's calendar shows at an instant. */
export function newYorkDay(tMs: number): number {
  return Math.floor((tMs + newYorkOffsetMs(tMs)) / DAY_MS);
}
