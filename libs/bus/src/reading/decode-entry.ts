import { decodeMarketBody, decodeSignals, decodeSlice, recordsOf, SignalError, type Topic } from '@signal/contracts';

/** An entry in words: what `peek` prints. */
export type ReadableEntry = Readonly<{ v: string; n: number; prev: string | null; records: readonly unknown[] }>;

const text = (fields: ReadonlyMap<string, Buffer>, name: string): string => fields.get(name)?.toString() ?? '';

const sliceOf = (fields: ReadonlyMap<string, Buffer>): unknown => {
  const { head, columns } = decodeSlice(text(fields, 'head'), fields.get('d') ?? Buffer.alloc(0));
  const readable = [...columns].map(([name, column]) => [name, Array.from(column, (cell) => (Number.isFinite(cell) ? cell : null))] as const);
  return { ...head, data: Object.fromEntries(readable) };
};

const inboxOf = (fields: ReadonlyMap<string, Buffer>): unknown => {
  try {
    return JSON.parse(text(fields, 'json'));
  } catch (cause) {
    throw new SignalError('entry_corrupt', `json of an inbox entry is not JSON: ${text(fields, 'json').slice(0, 80)}`, { cause });
  }
};

const recordsIn = (topic: Topic | 'dead', fields: ReadonlyMap<string, Buffer>): readonly unknown[] => {
  switch (topic) {
    case 'market':
      return recordsOf(decodeMarketBody(text(fields, 'head'), fields.get('d') ?? Buffer.alloc(0)));
    case 'greeks':
      return [sliceOf(fields)];
    case 'inbox':
      return [inboxOf(fields)];
    case 'dead':
      return [Object.fromEntries([...fields].map(([name, value]) => [name, value.toString()]))];
    case 'bars':
    case 'indicators':
    case 'chains':
    case 'scripts':
    case 'alerts':
      return decodeSignals({ json: text(fields, 'json') });
  }
};

/** Returns any entry of ours as plain values, or throws `entry_corrupt`. */
export function decodeEntry(topic: Topic | 'dead', fields: ReadonlyMap<string, Buffer>): ReadableEntry {
  const records = recordsIn(topic, fields);
  return { v: text(fields, 'v'), n: Number(text(fields, 'n') || records.length), prev: fields.get('prev')?.toString() ?? null, records };
}
