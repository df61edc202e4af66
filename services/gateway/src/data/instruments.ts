import { type Instrument, parseInstrument, partitionOf, SignalError } from '@signal/contracts';
import type { LatestSource } from './latest-source.ts';

/** Where instruments are known from: ingest keeps the newest quote of each beside `market`, and the newest bars beside `bars`. */
type Registry = Readonly<{ latest: LatestSource; partitions: number }>;

const QUOTE = 'quote|';
/** Opened by ingest for every instrument; a start writes them before the first tick. */
const BAR_SUFFIXES = ['|1d||closed', '|1d||forming', '|1m||closed', '|1m||forming'] as const;

/** Returns the partition in which an instrument lives. */
export function partitionFor(instrument: Readonly<Pick<Instrument, 'underlying'>>, partitions: number): number {
  return partitionOf(instrument.underlying, partitions);
}

/** Returns the instrument of a name, or throws `instrument_invalid`, or `instrument_unknown` when neither it nor its underlying has a quote or a bar. */
export async function knownInstrument(registry: Registry, text: string): Promise<Instrument> {
  const instrument = parseInstrument(text);
  const partition = partitionFor(instrument, registry.partitions);
  const ids = [...new Set([instrument.id, instrument.underlying])];
  const [quotes, bars] = await Promise.all([
    registry.latest.read('market', partition, ids.map((id) => `${QUOTE}${id}`)),
    registry.latest.read('bars', partition, ids.flatMap((id) => BAR_SUFFIXES.map((suffix) => `${id}${suffix}`))),
  ]);
  if (quotes.size + bars.size === 0) throw new SignalError('instrument_unknown', `${instrument.id} is not known`);
  return instrument;
}

/** Returns the ids of all known instruments but options, ascending. */
export async function listInstruments(registry: Registry): Promise<readonly string[]> {
  const partitions = Array.from({ length: registry.partitions }, (_, partition) => partition);
  const names = await Promise.all(partitions.map((partition) => registry.latest.fields('market', partition)));
  return names
    .flat()
    .filter((name) => name.startsWith(QUOTE))
    .map((name) => name.slice(QUOTE.length))
    .sort();
}
