import { SignalError } from '@signal/contracts';

/** What a file holds, by its header: where each column stands. */
export type CsvFormat = Readonly<{ kind: 'trades' | 'bars'; width: number; column: ReadonlyMap<string, number> }>;

const trades = ['time', 'instrument', 'price', 'size', 'id'];
const bars = ['time', 'instrument', 'open', 'high', 'low', 'close', 'volume'];

/**
 * Returns the format that a header says: the columns of trades or of bars, `date` for `time` allowed, `instrument` left out where one
 * is set; `size`, `id` and `volume` may be absent. Throws `setting_invalid` for any other header.
 */
export function readHeader(fields: readonly string[], hasInstrument: boolean): CsvFormat {
  const names = fields.map((field) => (field.toLowerCase() === 'date' ? 'time' : field.toLowerCase()));
  const column = new Map(names.map((name, index) => [name, index]));
  const kind = column.has('price') ? 'trades' : 'bars';
  const required = (kind === 'trades' ? ['time', 'price'] : ['time', 'open', 'high', 'low', 'close']).concat(hasInstrument ? [] : ['instrument']);
  const known = kind === 'trades' ? trades : bars;
  const isGood = column.size === names.length && names.every((name) => known.includes(name)) && required.every((name) => column.has(name));
  if (isGood) return { kind, width: names.length, column };
  throw new SignalError(
    'setting_invalid',
    `the header of the CSV is ${JSON.stringify(fields.join(',').slice(0, 200))}, and must be ${trades.join(',')} or ${bars.join(',')}`,
  );
}
