import { type QuoteBody, sources } from '@signal/contracts';
import { timeTextOf } from './bar-body.ts';

/** Market time without a quote or trade after which a quote is stale. */
const STALE_AFTER_MS = 60_000;

type Stored = Readonly<Record<string, unknown>>;

const numberOrNull = (stored: Stored, name: string): number | null => {
  const value = stored[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};

/** Returns the API's quote of the newest value that ingest keeps (JSON with the prices it has, and `tsMs` once there is one). */
export function quoteBodyOf(instrument: string, text: string, marketMs: number | null): QuoteBody {
  const stored = JSON.parse(text) as Stored;
  const tsMs = numberOrNull(stored, 'tsMs');
  return {
    instrument,
    ts: tsMs === null ? null : timeTextOf(tsMs),
    bid: numberOrNull(stored, 'bid'),
    ask: numberOrNull(stored, 'ask'),
    bidSize: numberOrNull(stored, 'bidSize'),
    askSize: numberOrNull(stored, 'askSize'),
    last: numberOrNull(stored, 'last'),
    lastSize: numberOrNull(stored, 'lastSize'),
    source: sources.find((source) => source === stored['source']) ?? 'live',
    stale: tsMs === null || (marketMs !== null && marketMs - tsMs > STALE_AFTER_MS),
  };
}
