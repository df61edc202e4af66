import { compareIds, isSameEntry, rangeOf, sequenceOf } from '@signal/bus';
import { decodeSegment, type SegmentEntry } from '@signal/store';
import type { ArchiveDeps } from './archive-deps.ts';
import type { PartitionState } from './partition-state.ts';

const chunksSql = 'SELECT data FROM segment_chunks WHERE partition = $1 ORDER BY from_n DESC';
const segmentsSql = 'SELECT object_key AS "objectKey" FROM segments WHERE partition = $1 ORDER BY from_n DESC';

/** Returns the newest stored entry of a partition's log, so that comparing with the log needs nothing but the log from then on. */
export async function newestStored({ postgres, objects }: ArchiveDeps, partition: number): Promise<SegmentEntry | undefined> {
  const [chunk] = (await postgres.query<{ data: Buffer }>(`${chunksSql} LIMIT 1`, [partition])).rows;
  if (chunk !== undefined) return (await decodeSegment(chunk.data)).at(-1);
  const [segment] = (await postgres.query<{ objectKey: string }>(`${segmentsSql} LIMIT 1`, [partition])).rows;
  return segment === undefined ? undefined : (await decodeSegment(await objects.get(segment.objectKey))).at(-1);
}

/** Yields the stored entries of a partition's log, the newest first; a piece is read when the one after it is used up. */
async function* newestFirst({ postgres, objects }: ArchiveDeps, { last, lease }: PartitionState): AsyncGenerator<SegmentEntry> {
  if (last !== undefined) yield last;
  const chunks = await postgres.query<{ data: Buffer }>(chunksSql, [lease.partition]);
  for (const { data } of chunks.rows) yield* (await decodeSegment(data)).toReversed();
  const segments = await postgres.query<{ objectKey: string }>(segmentsSql, [lease.partition]);
  for (const { objectKey } of segments.rows) yield* (await decodeSegment(await objects.get(objectKey))).toReversed();
}

const agrees = async ({ bus }: ArchiveDeps, key: string, stored: SegmentEntry): Promise<boolean> => {
  const [found] = await rangeOf(bus.redis, key, { from: stored.id, to: '+', count: 1 });
  return found === undefined || found.id !== stored.id || isSameEntry(found, stored);
};

/**
 * Returns the sequence up to which the log and what is stored of it agree, undefined when that is all that is stored. A log that was
 * rolled back and has grown past the position since looks whole from there: only the entries differ. `endsAt` is where the log ends,
 * if that is before the position. Entries that were trimmed cannot be compared, and count as agreeing.
 */
export async function agreesUpTo(deps: ArchiveDeps, state: PartitionState, endsAt: number | undefined): Promise<number | undefined> {
  const { position } = state.cursors.market;
  if (sequenceOf(position) === 0) return undefined;
  if (endsAt === 0) return 0;
  const key = deps.bus.keys.topic('market', state.lease.partition);
  let differs = false;
  for await (const stored of newestFirst(deps, state)) {
    if (compareIds(stored.id, position) > 0 || (endsAt !== undefined && sequenceOf(stored.id) > endsAt)) continue;
    if (await agrees(deps, key, stored)) return differs ? sequenceOf(stored.id) : endsAt;
    differs = true;
  }
  return differs ? 0 : endsAt;
}
