import type { Output } from '@signal/bus';
import { encodeSignals, encodeSlice, latestField, type Slice } from '@signal/contracts';
import type { ExpiredSlice } from '../chain/option-book.ts';
import { CHAIN_KEY, type ChainContext, chainSignal } from './chain-signal.ts';

const stemOf = ({ underlying, expiry }: Readonly<{ underlying: string; expiry: string }>): string => `slice|${underlying}|${expiry}`;

/** Returns the `greeks` entry of a slice. Its newest stands under the underlying and the expiry, since two underlyings can share a partition. */
export function greeksOutput(slice: Slice): Output {
  const fields = encodeSlice(slice);
  const stem = stemOf(slice.head);
  return {
    topic: 'greeks',
    fields,
    latest: [
      [`${stem}|head`, fields['head'] ?? ''],
      [`${stem}|d`, fields['d'] ?? ''],
    ],
  };
}

/** Returns the `chains` entry of a slice. */
export function chainOutput(slice: Slice, context: ChainContext): Output {
  const signal = chainSignal(slice, context);
  const fields = encodeSignals([signal]);
  // The array of one signal without its brackets is the signal, which saves writing 17 kB of JSON twice.
  const text = String(fields['json']).slice(1, -1);
  return { topic: 'chains', fields, latest: [[latestField(signal), text]] };
}

/** Returns what takes an expiry out of the newest values of both topics, without an entry. */
export function forgottenOutputs(expired: ExpiredSlice): readonly Output[] {
  const stem = stemOf(expired);
  const chain = latestField({ ...CHAIN_KEY, instrument: expired.underlying, expiry: expired.expiry });
  const none = (topic: Output['topic'], fields: readonly string[]): Output => ({ topic, fields: {}, latest: fields.map((field) => [field, '']) });
  return [none('greeks', [`${stem}|head`, `${stem}|d`]), none('chains', [chain])];
}
