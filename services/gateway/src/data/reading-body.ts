import type { ReadingBody, Signal } from '@signal/contracts';
import { timeTextOf } from './bar-body.ts';

const WARMING_UP = 'warming_up';

/** Returns a reading's body; without a signal yet, or while a value is null, its reason is `warming_up`. */
export function readingBodyOf(signal: Signal | undefined, outputs: readonly string[]): ReadingBody {
  if (signal === undefined) return { ts: null, data: Object.fromEntries(outputs.map((name) => [name, null])), reason: WARMING_UP };
  const values = Object.entries(signal.data).map(([name, value]) => [name, typeof value === 'number' ? value : null] as const);
  const isWhole = values.every(([, value]) => value !== null);
  return { ts: timeTextOf(signal.tsMs), data: Object.fromEntries(values), ...(isWhole ? {} : { reason: WARMING_UP }) };
}
