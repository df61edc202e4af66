import { decodeSignals, type Signal, type Topic } from '@signal/contracts';

/** The hashes of newest values that the fleet keeps beside its topics. */
export interface LatestSource {
  /** Returns the fields that exist, of those asked for. */
  read(topic: Topic, partition: number, fields: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** Returns the names of all fields. */
  fields(topic: Topic, partition: number): Promise<readonly string[]>;
}

/** The closed and the forming reading of one key; the forming one only while it is ahead of the closed one. */
export type LatestPair = Readonly<{ closed: Signal | undefined; forming: Signal | undefined }>;

// An empty text stands for a plan that was stopped.
const signalOf = (value: Buffer | undefined): Signal | undefined =>
  value === undefined || value.length === 0 ? undefined : decodeSignals({ json: `[${value.toString()}]` })[0];

/** Returns the newest readings of keys (`signalKey`) of a JSON topic, in their order. */
export async function readPairs(
  source: LatestSource,
  topic: Topic,
  at: Readonly<{ partition: number; keys: readonly string[] }>,
): Promise<readonly LatestPair[]> {
  const fields = at.keys.flatMap((key) => [`${key}|closed`, `${key}|forming`]);
  const values = await source.read(topic, at.partition, fields);
  return at.keys.map((key) => {
    const closed = signalOf(values.get(`${key}|closed`));
    const forming = signalOf(values.get(`${key}|forming`));
    const isAhead = forming !== undefined && (closed === undefined || forming.tsMs > closed.tsMs);
    return { closed, forming: isAhead ? forming : undefined };
  });
}

/** Returns the newest signals under some fields of a JSON topic's hash. */
export async function readSignals(
  source: LatestSource,
  topic: Topic,
  at: Readonly<{ partition: number; fields: readonly string[] }>,
): Promise<readonly Signal[]> {
  if (at.fields.length === 0) return [];
  const values = await source.read(topic, at.partition, at.fields);
  return [...values.values()].flatMap((value) => signalOf(value) ?? []);
}
