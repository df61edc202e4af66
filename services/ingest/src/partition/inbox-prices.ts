import type { Rejected } from '@signal/bus';
import { type ErrorCode, type InboxRecord, isSignalError, parseInstrument, type Quote, type Trade } from '@signal/contracts';
import type { IngestFold } from '../fold/ingest-fold.ts';

/** A pushed price. */
export type PushedPrice = Extract<InboxRecord, { kind: 'trade' | 'quote' }>;

/** What became of a pushed price: taken (under a canonical name), a repeat, or refused. */
export type PushVerdict = Readonly<
  { outcome: 'taken'; record: Trade | Quote; id?: string } | { outcome: 'duplicate' } | ({ outcome: 'rejected' } & Rejected)
>;

/** Greatest stamp that a Date can hold; what is beyond it is no time. */
const MAX_TIME_MS = 8.64e15;
const MAX_PRICE = 1e9;
const MAX_SIZE = 1e12;
const FUTURE_MS = 60_000;

const isPrice = (price: number): boolean => Number.isFinite(price) && price > 0 && price <= MAX_PRICE;
const isSize = (size: number): boolean => Number.isFinite(size) && size >= 0 && size <= MAX_SIZE;
/** A side of a quote may be empty: 0. */
const isSide = (price: number): boolean => price === 0 || isPrice(price);

const valueFault = (record: PushedPrice): ErrorCode | undefined => {
  const prices = record.kind === 'trade' ? isPrice(record.price) : isSide(record.bid) && isSide(record.ask);
  if (!prices) return 'price';
  const sizes = record.kind === 'trade' ? isSize(record.size) : isSize(record.bidSize) && isSize(record.askSize);
  return sizes ? undefined : 'size';
};

const nameOf = (text: string): string | undefined => {
  try {
    return parseInstrument(text).id;
  } catch (error) {
    if (isSignalError(error, 'instrument_invalid')) return undefined;
    throw error;
  }
};

const words: Readonly<Partial<Record<ErrorCode, string>>> = {
  time: 'its stamp must be a whole number of milliseconds',
  instrument: 'its instrument must be VENUE:SYMBOL',
  price: `its prices must be above 0 and at most ${MAX_PRICE}`,
  size: `its sizes must be from 0 to ${MAX_SIZE}`,
  future: `its stamp is more than ${FUTURE_MS} ms ahead of the clock`,
  late: 'its stamp is later than the feed allows',
};

/**
 * Judges a pushed price by the rules of the CSV feed, in their order: time, instrument, price, size, future, duplicate, late. Only
 * `future` looks at the wall clock.
 */
export function judgePushed(record: PushedPrice, fold: IngestFold, wallMs: number): PushVerdict {
  const rejected = (code: ErrorCode): PushVerdict => ({
    outcome: 'rejected',
    code,
    error: `a pushed ${record.kind} was refused: ${words[code] ?? code}`,
    record,
  });
  if (!Number.isInteger(record.tMs) || Math.abs(record.tMs) > MAX_TIME_MS) return rejected('time');
  const instrument = nameOf(record.instrument);
  if (instrument === undefined) return rejected('instrument');
  const fault = valueFault(record);
  if (fault !== undefined) return rejected(fault);
  if (record.tMs > wallMs + FUTURE_MS) return rejected('future');
  if (record.kind === 'quote') return { outcome: 'taken', record: { ...record, instrument, source: 'live' } };
  const { id, ...trade } = record;
  const isNamed = id !== undefined && id !== '';
  if (isNamed && fold.seen.has(instrument, id)) return { outcome: 'duplicate' };
  if (fold.builder.judge(instrument, record.tMs) === 'late') return rejected('late');
  return { outcome: 'taken', record: { ...trade, instrument, source: 'live' }, ...(isNamed ? { id } : {}) };
}
