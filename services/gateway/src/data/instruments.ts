import { type Instrument, parseInstrument, partitionOf, SignalError } from '@signal/contracts';
import type { LatestSource } from './latest-source.ts';

/** Where instruments are known from: ingest names each beside `market` when it opens it, whether it ever trades or not. */
type Registry = Readonly<{ latest: LatestSource; partitions: number }>;

const NAMED = 'instrument|';

/** Returns the partition in which an instrument lives. */
export function partitionFor(instrument: Readonly<Pick<Instrument, 'underlying'>>, partitions: number): number {
  return partitionOf(instrument.underlying, partitions);
}

/** Returns the instrument of a name, or throws `instrument_invalid`, or `instrument_unknown` when neither it nor its underlying was opened by a feed. */
export async function knownInstrument(registry: Registry, text: string): Promise<Instrument> {
  const instrument = parseInstrument(text);
  const partition = partitionFor(instrument, registry.partitions);
  const ids = [...new Set([instrument.id, instrument.underlying])];
  const named = await registry.latest.read(
    'market',
    partition,
    ids.map((id) => `${NAMED}${id}`),
  );
  if (named.size === 0) throw new SignalError('instrument_unknown', `${instrument.id} is not known`);
  return instrument;
}

/** Returns the ids of all known instruments but options, ascending. */
export async function listInstruments(registry: Registry): Promise<readonly string[]> {
  const partitions = Array.from({ length: registry.partitions }, (_, partition) => partition);
  const names = await Promise.all(partitions.map((partition) => registry.latest.fields('market', partition)));
  return names
    .flat()
    .filter((name) => name.startsWith(NAMED))
    .map((name) => name.slice(NAMED.length))
    .sort();
}
