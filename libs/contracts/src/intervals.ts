import { SignalError } from './errors.ts';

/** Unit of an interval: second, minute, hour, day (a session), week, month. Case matters: `m` is a minute, `M` a month. */
export type IntervalUnit = 's' | 'm' | 'h' | 'd' | 'w' | 'M';

/** A parsed interval: `count` units, and its canonical text. */
export type Interval = Readonly<{ text: string; count: number; unit: IntervalUnit }>;

/** Greatest count of each unit: a day below the session's units, ten years above. */
const bounds: Readonly<Record<IntervalUnit, number>> = { s: 86_400, m: 1_440, h: 24, d: 3_650, w: 520, M: 120 };

/** Milliseconds of the units below a day. */
const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Returns the interval that `text` names, e.g. `1m` or `4h`, or throws `interval_invalid`. */
export function parseInterval(text: string): Interval {
  const parts = /^([1-9]\d{0,5})([smhdwM])$/.exec(text);
  const count = Number(parts?.[1]);
  const unit = parts?.[2] as IntervalUnit | undefined;
  if (unit === undefined || count > bounds[unit]) {
    throw new SignalError(
      'interval_invalid',
      `interval is ${JSON.stringify(text.slice(0, 20))}, and must be a whole number and a unit, at most 86400s 1440m 24h 3650d 520w 120M`,
    );
  }
  return { text, count, unit };
}

/** Tells whether an interval counts sessions, weeks or months rather than clock time. */
export function isDaily(interval: Interval): boolean {
  return interval.unit === 'd' || interval.unit === 'w' || interval.unit === 'M';
}

/** Returns the milliseconds of an interval below a day; undefined from one day up, where the calendar decides. */
export function clockMs(interval: Interval): number | undefined {
  const unit = interval.unit;
  return unit === 's' || unit === 'm' || unit === 'h' ? interval.count * unitMs[unit] : undefined;
}
