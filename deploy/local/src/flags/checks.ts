import { accessSync, constants, statSync } from 'node:fs';
import { SignalError } from '@signal/contracts';

/** Returns the text as a whole number within its bounds, or throws `usage`. */
export function wholeFlag(name: string, text: string, [min, max]: readonly [number, number]): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new SignalError('usage', `--${name} is "${text}", and must be a whole number from ${min} to ${max}`);
}

/** Returns the text when it is a day of the calendar, or throws `usage`. */
export function dateFlag(name: string, text: string): string {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return text;
  throw new SignalError('usage', `--${name} is "${text}", and must be a date like 2018-12-31`);
}

/** Returns the text when it is `max` or a number above 0, or throws `usage`. */
export function speedFlag(text: string): string {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (text === 'max' || (value > 0 && value <= 100_000)) return text;
  throw new SignalError('usage', `--speed is "${text}", and must be max or a number above 0 and up to 100000`);
}

/** Throws `usage` unless the file can be read. */
export function checkReadable(name: string, path: string): void {
  try {
    accessSync(path, constants.R_OK);
    if (statSync(path).isFile()) return;
  } catch (cause) {
    throw new SignalError('usage', `--${name} names ${path}, which cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  throw new SignalError('usage', `--${name} names ${path}, which is no file`);
}
