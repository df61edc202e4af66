import { z } from 'zod';
import { SignalError } from './errors.ts';

/** One signal as it stands in the JSON topics. `tsMs` is a bar's open, else the event's time; `seq` counts per key. */
export const signalSchema = z.object({
  instrument: z.string(),
  interval: z.string().optional(),
  expression: z.string().optional(),
  expiry: z.string().optional(),
  seq: z.number().int().positive(),
  tsMs: z.number().int(),
  final: z.boolean(),
  rev: z.number().int().optional(),
  data: z.record(z.string(), z.unknown()),
});
/** One signal of a JSON topic. */
export type Signal = Readonly<z.infer<typeof signalSchema>>;

/** Fields of an entry, without `prev`, which the commit adds. Values are text or bytes. */
export type EntryFields = Readonly<Record<string, string | Buffer>>;

/** Version of every wire form; a reader refuses a greater one. */
export const WIRE_VERSION = '2';

/** Returns the fields of a JSON entry that carries these signals, in their order. */
export function encodeSignals(signals: readonly Signal[]): EntryFields {
  return { v: WIRE_VERSION, n: String(signals.length), json: JSON.stringify(signals) };
}

/** Returns the signals of a JSON entry, or throws `entry_corrupt`. */
export function decodeSignals(fields: Readonly<{ json?: string | Buffer }>): readonly Signal[] {
  try {
    return JSON.parse(String(fields.json)) as Signal[];
  } catch (cause) {
    throw new SignalError('entry_corrupt', `json of a signal entry is not JSON: ${String(fields.json).slice(0, 80)}`, { cause });
  }
}

/** Returns the key that a signal's `seq` counts, and its field in the hash of latest values: parts joined by `|`. */
export function signalKey(signal: Readonly<Pick<Signal, 'instrument' | 'interval' | 'expression' | 'expiry'>>): string {
  return [signal.instrument, signal.interval ?? '', signal.expression ?? '', ...(signal.expiry === undefined ? [] : [signal.expiry])].join('|');
}

/** Returns the field of the hash of latest values: the closed and the forming reading of a key stand side by side. */
export function latestField(signal: Readonly<Pick<Signal, 'instrument' | 'interval' | 'expression' | 'expiry' | 'final'>>): string {
  return `${signalKey(signal)}|${signal.final ? 'closed' : 'forming'}`;
}
