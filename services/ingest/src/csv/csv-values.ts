import { isSignalError, parseInstrument } from '@signal/contracts';
import { sessionsOf } from '@signal/market';

const MAX_TIME_MS = 8.64e15;
const decimal = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const epoch = /^[+-]?\d{1,16}$/;
const stamp = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))?$/;
const dateOnly = /^\d{4}-\d{2}-\d{2}$/;

/** Returns a finite number written as digits, or undefined. */
export function readNumber(text: string): number | undefined {
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  // Adding 0 makes of -0, which JSON cannot carry, a plain 0.
  return Number.isFinite(value) ? value + 0 : undefined;
}

/** The instant of a date and time of the calendar, or undefined where the calendar has none such. */
const utcOf = (parts: readonly number[]): number | undefined => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const read = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  return read.every((value, index) => value === parts[index]) ? date.getTime() : undefined;
};

/** What a zone is ahead of UTC, or undefined where there is none such. */
const zoneOf = (sign: string | undefined, [hours = '0', minutes = '0']: readonly (string | undefined)[]): number | undefined => {
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
};

/** Returns the epoch milliseconds of RFC 3339 (no zone = UTC; digits below the millisecond cut) or of a whole number, or undefined. */
export function readTime(text: string): number | undefined {
  if (epoch.test(text)) return Math.abs(Number(text)) <= MAX_TIME_MS ? Number(text) + 0 : undefined;
  const found = stamp.exec(text);
  if (found === null) return undefined;
  const utcMs = utcOf(found.slice(1, 7).map(Number));
  const zoneMs = zoneOf(found[8], [found[9], found[10]]);
  if (utcMs === undefined || zoneMs === undefined) return undefined;
  return utcMs + Number((found[7] ?? '').slice(0, 3).padEnd(3, '0')) - zoneMs;
}

/** Tells whether a text is a plain date, which stands for the open of that session. */
export function isDateText(text: string): boolean {
  return dateOnly.test(text);
}

/** Returns the open of a venue's session of a date, or undefined when there is none. */
export function openOfDate(text: string, venue: string): number | undefined {
  try {
    return sessionsOf(venue).byDate(text)?.opensMs;
  } catch (error) {
    if (isSignalError(error, 'argument_invalid')) return undefined;
    throw error;
  }
}

/** Returns the canonical name of an instrument, or undefined. */
export function readInstrument(text: string): string | undefined {
  try {
    return parseInstrument(text).id;
  } catch (error) {
    if (isSignalError(error, 'instrument_invalid')) return undefined;
    throw error;
  }
}
