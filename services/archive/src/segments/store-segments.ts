import { encodeSegment, joinSegments, type ObjectStore, type Postgres, type SegmentEntry, type TransactionClient } from '@signal/store';
import { createHash } from 'node:crypto';
import { rangeOfEntries, type SegmentPiece } from './plan-segments.ts';

/** A row of the table of closed segments. */
export type SegmentRow = Readonly<{
  partition: number;
  hourMs: number;
  fromN: number;
  toN: number;
  objectKey: string;
  sha256: string;
  bytes: number;
  entries: number;
}>;
/** A piece of the segment that is still open. */
export type ChunkRow = Readonly<{ partition: number; hourMs: number; fromN: number; toN: number; entries: number; rawBytes: number; data: Buffer }>;

/** What a batch writes about segments in its transaction. `closesFirst`: the chunks stored so far are in the first closed one. */
export type SegmentWrites = Readonly<{ closed: readonly SegmentRow[]; closesFirst: boolean; chunks: readonly ChunkRow[] }>;

const HOUR_TEXT_LENGTH = 13;

/** Returns the key of a segment's object: where it lies in the log, and what it holds, so that no writer can replace what another wrote. */
export function segmentKey({ partition, hourMs, fromN, sha256 }: Pick<SegmentRow, 'partition' | 'hourMs' | 'fromN' | 'sha256'>): string {
  const hour = new Date(hourMs).toISOString().slice(0, HOUR_TEXT_LENGTH);
  return `market/${partition}/${hour}-${fromN}-${sha256.slice(0, 8)}.zst`;
}

type StoredChunk = Readonly<{ data: Buffer; fromN: number; toN: number; entries: number }>;
const chunksSql = 'SELECT data, from_n AS "fromN", to_n AS "toN", entries FROM segment_chunks WHERE partition = $1 ORDER BY from_n';

/** Closes a segment: the pieces that are stored of it and the entries that complete it become one object. */
async function close(
  objects: ObjectStore,
  piece: Readonly<{ partition: number; hourMs: number; stored: readonly StoredChunk[]; entries: readonly SegmentEntry[] }>,
): Promise<SegmentRow> {
  const { partition, hourMs, stored, entries } = piece;
  const last = entries.length === 0 ? [] : [{ ...rangeOfEntries(entries), entries: entries.length }];
  const ranges = [...stored, ...last];
  const range = { fromN: ranges[0]?.fromN ?? 0, toN: ranges.at(-1)?.toN ?? 0 };
  const chunks = stored.map(({ data }) => data);
  const data = await joinSegments(chunks, entries);
  const sha256 = createHash('sha256').update(data).digest('hex');
  const row = { partition, hourMs, ...range, sha256, bytes: data.length, entries: ranges.reduce((sum, one) => sum + one.entries, 0) };
  const objectKey = segmentKey(row);
  await objects.put(objectKey, data);
  return { ...row, objectKey };
}

/** Where pieces come from and closed segments go. */
export type SegmentDeps = Readonly<{ postgres: Pick<Postgres, 'query'>; objects: ObjectStore }>;

/** Writes the objects of the segments that pieces complete, before any row speaks of them, and returns the rows to commit. */
export async function prepareSegments(deps: SegmentDeps, partition: number, pieces: readonly SegmentPiece[]): Promise<SegmentWrites> {
  const closed: SegmentRow[] = [];
  const chunks: ChunkRow[] = [];
  for (const { hourMs, entries, rawBytes, isLast } of pieces) {
    if (isLast) {
      const stored = closed.length === 0 ? (await deps.postgres.query<StoredChunk>(chunksSql, [partition])).rows : [];
      closed.push(await close(deps.objects, { partition, hourMs, stored, entries }));
    } else {
      chunks.push({ partition, hourMs, ...rangeOfEntries(entries), entries: entries.length, rawBytes, data: await encodeSegment(entries) });
    }
  }
  return { closed, closesFirst: closed.length > 0, chunks };
}

const insertSegment = `
  INSERT INTO segments (partition, hour_ms, from_n, to_n, object_key, sha256, bytes, entries) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;
const insertChunk = `
  INSERT INTO segment_chunks (partition, hour_ms, from_n, to_n, entries, raw_bytes, data) VALUES ($1, $2, $3, $4, $5, $6, $7)`;

/** Commits what `prepareSegments` made, in the transaction that moves the position. */
export async function writeSegments(client: TransactionClient, partition: number, writes: SegmentWrites): Promise<void> {
  if (writes.closesFirst) await client.query('DELETE FROM segment_chunks WHERE partition = $1', [partition]);
  for (const { hourMs, fromN, toN, objectKey, sha256, bytes, entries } of writes.closed) {
    await client.query(insertSegment, [partition, hourMs, fromN, toN, objectKey, sha256, bytes, entries]);
  }
  for (const { hourMs, fromN, toN, entries, rawBytes, data } of writes.chunks) {
    await client.query(insertChunk, [partition, hourMs, fromN, toN, entries, rawBytes, data]);
  }
}
