import { type Bus, ZERO_ID } from '@signal/bus';
import { connectObjectStore } from '@signal/store';
import { createHash } from 'node:crypto';
import pg from 'pg';
import { comparedTopics } from './log-recorder.ts';

/** Everything but topics that a run leaves: by name, what it is. Two runs of one log leave the same. */
export type FinalState = Readonly<{
  /** Latest values, positions, dead letters, generations, archive positions. */
  values: ReadonlyMap<string, string>;
  /** Snapshots at the end of the log, by service and partition: a digest of their bytes. */
  states: ReadonlyMap<string, string>;
  /** Partitions of services whose newest snapshot is older than the end of the log. */
  older: readonly string[];
  /** What of the log the archive does not hold exactly once. */
  archiveFaults: readonly string[];
}>;

/** Services that keep a state per partition. */
export const foldingServices = ['ingest', 'indicator', 'greeks', 'script-runner'] as const;

/** What of a position depends on the log alone; epochs, attempts and generations tell of owners. */
const positionFields = ['cursor', 'tMs', 'control', 'skips', 'inboxRead'] as const;

const digestOf = (bytes: Uint8Array): string => `${bytes.length} bytes ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;

type Source = Readonly<{ bus: Bus; s3Url: string; databaseUrl: string }>;

const latestOf = async (bus: Bus, partition: number, values: Map<string, string>): Promise<void> => {
  for (const topic of comparedTopics) {
    const key = bus.keys.latest(topic, partition);
    for (const [field, value] of Object.entries(await bus.redis.hgetallBuffer(key))) values.set(`${key} ${field}`, digestOf(value));
  }
};

const positionOf = async (bus: Bus, at: Readonly<{ service: string; partition: number }>, values: Map<string, string>): Promise<string> => {
  const key = bus.keys.position(at.service, at.partition);
  const texts = await bus.redis.hmget(key, ...positionFields);
  positionFields.forEach((field, index) => values.set(`${key} ${field}`, texts[index] ?? ''));
  values.set(bus.keys.dead(at.service, at.partition), `${await bus.redis.xlen(bus.keys.dead(at.service, at.partition))} letters`);
  return texts[0] ?? ZERO_ID;
};

const snapshotOf = async (source: Source, at: Readonly<{ service: string; partition: number; cursor: string }>): Promise<string | undefined> => {
  const key = source.bus.keys.snapshot(at.service, at.partition);
  const stored = (await source.bus.redis.hgetallBuffer(key)) as Readonly<Record<string, Buffer | undefined>>;
  if (`${String(stored['n'])}-0` !== at.cursor) return undefined;
  if (stored['object'] === undefined) return digestOf(stored['bytes'] ?? Buffer.alloc(0));
  const objects = connectObjectStore({ url: source.s3Url });
  try {
    return digestOf(await objects.get(stored['object'].toString()));
  } finally {
    objects.close();
  }
};

const segmentsSql = `SELECT partition, from_n::int AS "from", to_n::int AS "to", entries FROM segments
  UNION ALL SELECT partition, from_n::int, to_n::int, entries FROM segment_chunks ORDER BY 1, 2`;
const positionsSql = 'SELECT topic, partition, position, entries::int FROM positions';
const faultsSql = `SELECT 'gap' AS what, topic, partition, after_id AS at FROM gaps
  UNION ALL SELECT 'rejected', topic, partition, entry_id FROM rejected_records`;

type SegmentRow = Readonly<{ partition: number; from: number; to: number; entries: number }>;
type PositionRow = Readonly<{ topic: string; partition: number; position: string; entries: number }>;
type FaultRow = Readonly<{ what: string; topic: string; partition: number; at: string }>;

/** Segments and open pieces of a partition follow each other without a hole or an overlap. */
const segmentFaults = (rows: readonly SegmentRow[]): readonly string[] => {
  const ends = new Map<number, number>();
  return rows.flatMap(({ partition, from, to, entries }) => {
    const wanted = (ends.get(partition) ?? 0) + 1;
    ends.set(partition, to);
    const isWhole = from === wanted && entries === to - from + 1;
    return isWhole ? [] : [`the log of ${partition} is archived from ${from} to ${to} as ${entries} entries, after ${wanted - 1}`];
  });
};

const archiveOf = async (databaseUrl: string, values: Map<string, string>): Promise<readonly string[]> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const segments = await client.query<SegmentRow>(segmentsSql);
    const positions = await client.query<PositionRow>(positionsSql);
    const faults = await client.query<FaultRow>(faultsSql);
    for (const { topic, partition, position, entries } of positions.rows) values.set(`archived ${topic} ${partition}`, `${position} ${entries}`);
    for (const { partition, to } of segments.rows) values.set(`log archived ${partition}`, String(to));
    return [...segmentFaults(segments.rows), ...faults.rows.map(({ what, topic, partition, at }) => `${what} in ${topic} ${partition} at ${at}`)];
  } finally {
    await client.end();
  }
};

/** Reads what a run left, after its members have stopped. */
export async function readFinalState(source: Source): Promise<FinalState> {
  const { bus } = source;
  const values = new Map<string, string>();
  const states = new Map<string, string>();
  const older: string[] = [];
  for (let partition = 0; partition < bus.partitions; partition += 1) {
    await latestOf(bus, partition, values);
    values.set(bus.keys.generation(partition % bus.slots), (await bus.redis.get(bus.keys.generation(partition % bus.slots))) ?? '0');
    for (const service of foldingServices) {
      const cursor = await positionOf(bus, { service, partition }, values);
      if (cursor === ZERO_ID) continue;
      const digest = await snapshotOf(source, { service, partition, cursor });
      if (digest === undefined) older.push(`${service} ${partition}`);
      else states.set(`${service} ${partition}`, digest);
    }
  }
  return { values, states, older, archiveFaults: await archiveOf(source.databaseUrl, values) };
}
