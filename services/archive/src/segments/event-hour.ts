import type { RawEntry } from '@signal/bus';
import { decodeMarketBody, isSignalError, type MarketBody } from '@signal/contracts';

const HOUR_MS = 3_600_000;

function bodyOf(entry: RawEntry): MarketBody | undefined {
  try {
    return decodeMarketBody(String(entry.fields.get('head')), entry.fields.get('d') ?? Buffer.alloc(0));
  } catch (error) {
    // It is stored verbatim all the same; whoever folds it says what is wrong with it.
    if (isSignalError(error) || error instanceof Error) return undefined;
    throw error;
  }
}

/** Returns the hour of market time that an entry reaches (epoch milliseconds), by its greatest mark; `undefined` without one. */
export function eventHourOf(entry: RawEntry): number | undefined {
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const run of bodyOf(entry)?.runs ?? []) {
    if (run.kind === 'mark') newestMs = run.columns.tMs.reduce((most, tMs) => Math.max(most, tMs), newestMs);
  }
  return Number.isFinite(newestMs) ? Math.floor(newestMs / HOUR_MS) * HOUR_MS : undefined;
}
