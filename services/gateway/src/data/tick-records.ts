import { type InboxRecord, type Instrument, isSignalError, parseInstrument, type TickBatch, type TickReason } from '@signal/contracts';

/** A pushed row as the record it becomes, or why it is refused. */
export type TickOutcome = Readonly<{ instrument: Instrument; record: InboxRecord }> | Readonly<{ reason: TickReason }>;

const MAX_PRICE = 1e9;
const MAX_SIZE = 1e12;
const FUTURE_MS = 60_000;

const instrumentOf = (text: string): Instrument | undefined => {
  try {
    return parseInstrument(text);
  } catch (error) {
    if (isSignalError(error, 'instrument_invalid')) return undefined;
    throw error;
  }
};

const isSize = (size: number): boolean => size >= 0 && size <= MAX_SIZE;
// An empty side of a quote is 0.
const isSide = (price: number): boolean => price >= 0 && price <= MAX_PRICE;

type Claims = Readonly<{ tsMs: number; instrument: string; prices: boolean; sizes: boolean; nowMs: number }>;

// In the order of the definitions: time, instrument, price, size, future.
const judge = (claims: Claims): Instrument | TickReason => {
  if (!Number.isInteger(claims.tsMs) || claims.tsMs < 0) return 'time';
  const instrument = instrumentOf(claims.instrument);
  if (instrument === undefined) return 'instrument';
  if (!claims.prices) return 'price';
  if (!claims.sizes) return 'size';
  return claims.tsMs > claims.nowMs + FUTURE_MS ? 'future' : instrument;
};

/** Returns what becomes of each row of a batch: ticks first, then quotes. */
export function tickOutcomes(batch: TickBatch, nowMs: number): readonly TickOutcome[] {
  const ticks = batch.ticks.map(({ tsMs, price, size, id, ...tick }): TickOutcome => {
    const instrument = judge({ tsMs, instrument: tick.instrument, prices: price > 0 && price <= MAX_PRICE, sizes: isSize(size), nowMs });
    if (typeof instrument === 'string') return { reason: instrument };
    return {
      instrument,
      record: { kind: 'trade', instrument: instrument.id, tMs: tsMs, price, size, source: 'live', ...(id === undefined || id === '' ? {} : { id }) },
    };
  });
  const quotes = batch.quotes.map(({ tsMs, bid, ask, bidSize, askSize, ...quote }): TickOutcome => {
    const instrument = judge({
      tsMs,
      instrument: quote.instrument,
      prices: isSide(bid) && isSide(ask),
      sizes: isSize(bidSize) && isSize(askSize),
      nowMs,
    });
    if (typeof instrument === 'string') return { reason: instrument };
    return { instrument, record: { kind: 'quote', instrument: instrument.id, tMs: tsMs, bid, ask, bidSize, askSize, source: 'live' } };
  });
  return [...ticks, ...quotes];
}
