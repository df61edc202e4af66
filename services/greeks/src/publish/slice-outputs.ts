import type { Output } from '@signal/bus';
import { encodeSignals, encodeSlice, latestField, type Slice } from '@signal/contracts';
import { type ChainContext, chainSignal } from './chain-signal.ts';

/** Returns the `greeks` entry of a slice. Its newest stands under the underlying and the expiry, since two underlyings can share a partition. */
export function greeksOutput(slice: Slice): Output {
  const fields = encodeSlice(slice);
  const stem = `slice|${slice.head.underlying}|${slice.head.expiry}`;
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
