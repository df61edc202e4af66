import { decodeSignals, decodeSlice, signalKey, type Topic } from '@signal/contracts';
import type { RawEntry } from '@signal/bus';
import { createHash } from 'node:crypto';

/** One signal as it was published: the id of its entry, its counter, and its JSON text (of packed bytes, head and checksum). */
export type RecordedSignal = Readonly<{ id: string; seq: number; text: string }>;

/** Everything that a run published, in order, by key (topic, instrument, interval, expression, expiry). */
export type Recording = Readonly<{ signals: ReadonlyMap<string, readonly RecordedSignal[]>; gaps: readonly string[] }>;

/** Texts above this length are kept as a checksum and their beginning. */
const MAX_TEXT = 2_000;

const digest = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32);

const kept = (text: string): string => (text.length <= MAX_TEXT ? text : `${text.slice(0, 200)}… sha256 ${digest(text)}`);

const sliceOf = (entry: RawEntry): readonly (readonly [string, RecordedSignal])[] => {
  const d = entry.fields.get('d') ?? Buffer.alloc(0);
  const { head } = decodeSlice(String(entry.fields.get('head')), d);
  const key = signalKey({ instrument: head.underlying, expiry: head.expiry });
  return [[key, { id: entry.id, seq: head.seq, text: kept(`${JSON.stringify(head)} sha256 ${digest(d)}`) }]];
};

/** Returns the signals of an entry of a public topic with their keys. */
export function signalsOf(topic: Topic, entry: RawEntry): readonly (readonly [key: string, signal: RecordedSignal])[] {
  if (topic === 'greeks') return sliceOf(entry).map(([key, signal]) => [`greeks ${key}`, signal]);
  const json = entry.fields.get('json');
  const signals = decodeSignals(json === undefined ? {} : { json });
  return signals.map((signal) => [`${topic} ${signalKey(signal)}`, { id: entry.id, seq: signal.seq, text: kept(JSON.stringify(signal)) }]);
}
