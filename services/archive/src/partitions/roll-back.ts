import { compareIds, sequenceOf, stateOf } from '@signal/bus';
import { decodeSegment, encodeSegment, type SegmentEntry, segmentEntryBytes, type TransactionClient } from '@signal/store';
import { advancePosition } from '../positions/advance-position.ts';
import type { Gap } from '../positions/find-gaps.ts';
import { recordLosses } from '../rows/record-losses.ts';
import { loadOpenSegment } from '../segments/load-open-segment.ts';
import { rangeOfEntries } from '../segments/plan-segments.ts';
import { writeSegments } from '../segments/store-segments.ts';
import type { ArchiveDeps } from './archive-deps.ts';
import { entriesUpTo } from './entries-up-to.ts';
import { archivedTopics, type Cursor, type PartitionState } from './partition-state.ts';

/** A rollback of the log: what came after `lostAfter` is not in it any more, and may come again otherwise. */
export type Rollback = Readonly<{ lostAfter: number; generation: number }>;

/** Greater than any chunk of an entry: the position behind all entries of a sequence. */
const LAST_CHUNK = 4_294_967_295;

type Kept = Readonly<{ hourMs: number; entries: readonly SegmentEntry[] }>;

const segmentsSql = 'SELECT object_key AS "objectKey", hour_ms AS "hourMs" FROM segments WHERE partition = $1 AND to_n > $2 ORDER BY from_n';
const chunksSql = 'SELECT data, hour_ms AS "hourMs" FROM segment_chunks WHERE partition = $1 ORDER BY from_n';

/** Returns the entries up to the rollback of those segments that reach beyond it, closed or open. */
async function keptEntries(deps: ArchiveDeps, client: TransactionClient, at: Readonly<{ partition: number; lostAfter: number }>): Promise<Kept> {
  const closed = await client.query<{ objectKey: string; hourMs: number }>(segmentsSql, [at.partition, at.lostAfter]);
  const open = await client.query<{ data: Buffer; hourMs: number }>(chunksSql, [at.partition]);
  const parts: { hourMs: number; entries: readonly SegmentEntry[] }[] = [];
  for (const { objectKey, hourMs } of closed.rows) parts.push({ hourMs, entries: await decodeSegment(await deps.objects.get(objectKey)) });
  for (const { data, hourMs } of open.rows) parts.push({ hourMs, entries: await decodeSegment(data) });
  const kept = parts
    .map(({ hourMs, entries }) => ({ hourMs, entries: entries.filter(({ id }) => sequenceOf(id) <= at.lostAfter) }))
    .filter(({ entries }) => entries.length > 0);
  return { hourMs: kept.at(-1)?.hourMs ?? 0, entries: kept.flatMap(({ entries }) => entries) };
}

async function takeBackSegments(deps: ArchiveDeps, client: TransactionClient, at: Readonly<{ partition: number; lostAfter: number }>): Promise<void> {
  const { hourMs, entries } = await keptEntries(deps, client, at);
  await client.query('DELETE FROM segments WHERE partition = $1 AND to_n > $2', [at.partition, at.lostAfter]);
  await client.query('DELETE FROM segment_chunks WHERE partition = $1', [at.partition]);
  if (entries.length === 0) return;
  const rawBytes = entries.reduce((sum, entry) => sum + segmentEntryBytes(entry), 0);
  const chunk = {
    partition: at.partition,
    hourMs,
    ...rangeOfEntries(entries),
    entries: entries.length,
    rawBytes,
    data: await encodeSegment(entries),
  };
  await writeSegments(client, at.partition, { closed: [], closesFirst: false, chunks: [chunk] });
}

const takenBack = (cursor: Cursor, { lostAfter }: Rollback): string =>
  sequenceOf(cursor.position) > lostAfter ? `${lostAfter}-${LAST_CHUNK}` : cursor.position;

/**
 * Takes back, in one transaction, everything that was stored of entries after `lostAfter`, records it, and goes on from there in the
 * new generation: what the log then says at the same sequences is stored as if for the first time.
 */
export async function rollBack(deps: ArchiveDeps, state: PartitionState, rollback: Rollback): Promise<PartitionState> {
  const { partition } = state.lease;
  const { lostAfter, generation } = rollback;
  const cursors = { ...state.cursors };
  const gaps: Gap[] = [];
  for (const topic of archivedTopics) {
    const from = state.cursors[topic];
    const position = takenBack(from, rollback);
    if (position === from.position) continue;
    cursors[topic] = { position, entries: await entriesUpTo(deps.bus.redis, deps.bus.keys.topic(topic, partition), position) };
    gaps.push({ topic, afterId: position, nextId: from.position, reason: 'rollback' });
  }
  const open = await deps.postgres.transaction(async (client) => {
    for (const topic of archivedTopics) await advancePosition(client, state, { topic, to: cursors[topic], generation });
    await client.query('DELETE FROM bars WHERE partition = $1 AND n > $2', [partition, lostAfter]);
    await client.query('DELETE FROM signals WHERE partition = $1 AND n > $2', [partition, lostAfter]);
    if (sequenceOf(state.cursors.market.position) > lostAfter) await takeBackSegments(deps, client, { partition, lostAfter });
    await recordLosses(client, { ...state, generation }, { gaps, rejected: [] });
    return loadOpenSegment(client, partition);
  });
  for (const gap of gaps) deps.metrics.gapsTotal.inc({ topic: gap.topic, reason: gap.reason });
  if (gaps.length > 0) {
    deps.log.error(
      { partition, lostAfter, generation, topics: gaps.map(({ topic }) => topic) },
      'the log was rolled back; what was stored beyond it is taken back',
    );
  }
  const { last: _, ...kept } = state;
  return { ...kept, generation, cursors, open };
}

/** Tells whether the log ends before what is stored of it: a rollback, never "no news". Returns the last sequence it has. */
export async function logEndsBefore(deps: ArchiveDeps, state: PartitionState): Promise<number | undefined> {
  const { position } = state.cursors.market;
  if (sequenceOf(position) === 0) return undefined;
  const { lastId } = await stateOf(deps.bus.redis, deps.bus.keys.topic('market', state.lease.partition));
  return compareIds(lastId, position) < 0 && sequenceOf(lastId) < sequenceOf(position) ? sequenceOf(lastId) : undefined;
}
