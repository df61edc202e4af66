import { type Instrument, parseInstrument, partitionOf, SignalError } from '@signal/contracts';
import type { LatestSource } from './latest-source.ts';

/** Where instruments are registered: `instrument|<id>` in the newest values beside `market`. */
type Registry = Readonly<{ latest: LatestSource; partitions: number }>;

const PREFIX = 'instrument|';

/** Returns the partition in which an instrument lives. */
export function partitionFor(instrument: Readonly<Pick<Instrument, 'underlying'>>, partitions: number): number {
  return partitionOf(instrument.underlying, partitions);
}

/** Returns the instrument of a name, or throws `instrument_invalid`, or `instrument_unknown` when neither it nor its underlying is registered. */
export async function knownInstrument(registry: Registry, text: string): Promise<Instrument> {
  const instrument = parseInstrument(text);
  const fields = [...new Set([instrument.id, instrument.underlying])].map((id) => `${PREFIX}${id}`);
  const found = await registry.latest.read('market', partitionFor(instrument, registry.partitions), fields);
  if (found.size === 0) throw new SignalError('instrument_unknown', `${instrument.id} is not known`);
  return instrument;
}

/** Returns the ids of all registered instruments, ascending. */
export async function listInstruments(registry: Registry): Promise<readonly string[]> {
  const partitions = Array.from({ length: registry.partitions }, (_, partition) => partition);
  const names = await Promise.all(partitions.map((partition) => registry.latest.fields('market', partition)));
  return names
    .flat()
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length))
    .sort();
}
