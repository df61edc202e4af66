import { type RawEntry, sequenceOf } from '@signal/bus';
import { decodeSignals, isSignalError, type Signal, signalSchema } from '@signal/contracts';
import type { CopyValue } from '@signal/store';
import { z } from 'zod';
import type { ArchivedTopic } from '../partitions/partition-state.ts';

/** One row for COPY, and which record of which entry it came from. */
export type Row = Readonly<{ values: readonly CopyValue[]; from: RecordPlace }>;
/** Where a record stood. */
export type RecordPlace = Readonly<{ topic: ArchivedTopic; entryId: string; index: number }>;
/** A record that cannot be stored, and why. */
export type Rejection = RecordPlace & Readonly<{ reason: string }>;
/** Rows of some entries, in the order of the log. */
export type SignalRows = Readonly<{ bars: readonly Row[]; signals: readonly Row[]; rejected: readonly Rejection[] }>;

/** Columns of the rows of `bars`, in the order of their values. */
export const barColumns = 'instrument interval start_ms rev open high low close volume source session final seq partition n'.split(' ');
/** Columns of the rows of `signals`, in the order of their values. */
export const signalColumns = 'topic instrument interval expression expiry ts_ms rev seq values partition n'.split(' ');

const barData = z.object({
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number(),
  volume: z.number(),
  source: z.string(),
  session: z.string().optional(),
});

type Origin = Readonly<{ topic: ArchivedTopic; partition: number; n: number }>;

function barRow(signal: Signal, { partition, n }: Origin): readonly CopyValue[] {
  const { open, high, low, close, volume, source, session = '' } = barData.parse(signal.data);
  const prices = [open, high, low, close, volume];
  return [signal.instrument, signal.interval ?? '', signal.tsMs, signal.rev ?? 0, ...prices, source, session, true, signal.seq, partition, n];
}

function signalRow(signal: Signal, { topic, partition, n }: Origin): readonly CopyValue[] {
  const key = [topic, signal.instrument, signal.interval ?? '', signal.expression ?? '', signal.expiry ?? ''];
  return [...key, signal.tsMs, signal.rev ?? 0, signal.seq, signal.data, partition, n];
}

const shortReason = (error: unknown): string => {
  const text = error instanceof z.ZodError ? error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ') : String(error);
  return text.slice(0, 500);
};

function readEntry(entry: RawEntry): readonly unknown[] | string {
  try {
    const records: unknown = decodeSignals({ json: entry.fields.get('json') ?? '' });
    return Array.isArray(records) ? (records as readonly unknown[]) : 'json of the entry is not an array';
  } catch (error) {
    if (isSignalError(error, 'entry_corrupt')) return error.message;
    throw error;
  }
}

/** Adds what one record makes: a row if it is final, nothing if it is forming, a rejection if it breaks its schema. */
function takeRecord(made: Readonly<{ rows: Row[]; rejected: Rejection[] }>, record: unknown, origin: Origin & RecordPlace): void {
  const { topic, entryId, index } = origin;
  const from = { topic, entryId, index };
  try {
    const signal = signalSchema.parse(record) as Signal;
    if (signal.final) made.rows.push({ from, values: topic === 'bars' ? barRow(signal, origin) : signalRow(signal, origin) });
  } catch (error) {
    made.rejected.push({ ...from, reason: shortReason(error) });
  }
}

/** Returns the rows of a topic's entries: one for each final signal. A forming one makes no row, one that breaks its schema is rejected alone. */
export function signalRows(topic: Exclude<ArchivedTopic, 'market'>, partition: number, entries: readonly RawEntry[]): SignalRows {
  const made = { rows: [] as Row[], rejected: [] as Rejection[] };
  for (const entry of entries) {
    const origin = { topic, partition, n: sequenceOf(entry.id), entryId: entry.id };
    const records = readEntry(entry);
    if (typeof records === 'string') made.rejected.push({ topic, entryId: entry.id, index: 0, reason: records });
    else records.forEach((record, index) => takeRecord(made, record, { ...origin, index }));
  }
  const { rows, rejected } = made;
  return topic === 'bars' ? { bars: rows, signals: [], rejected } : { bars: [], signals: rows, rejected };
}
