import { SignalError } from '@signal/contracts';
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../object-store/object-store.ts';
import type { Queryable } from '../postgres/postgres.ts';
import { type DecodedEntry, decodeSegment } from './segment-codec.ts';

/** A stretch of a partition's `market` log: after sequence `afterN`, up to and including `toN`. */
export type StoredStretch = Readonly<{ partition: number; afterN: number; toN: number }>;

/** Where the archive keeps the log: closed segments as objects, the open one as pieces in Postgres, which knows of all of them. */
export type StoredLogDeps = Readonly<{ postgres: Queryable; objects: Pick<ObjectStore, 'get'> }>;

const PAGE_ENTRIES = 200;

const segmentsSql = `
  SELECT object_key AS "objectKey", sha256 FROM segments WHERE partition = $1 AND to_n > $2 AND from_n <= $3 ORDER BY from_n`;
const chunksSql = 'SELECT data FROM segment_chunks WHERE partition = $1 AND to_n > $2 AND from_n <= $3 ORDER BY from_n';

const sequenceOf = (id: string): number => Number.parseInt(id, 10);

const checkedObject = async (objects: StoredLogDeps['objects'], row: Readonly<{ objectKey: string; sha256: string }>): Promise<Uint8Array> => {
  const bytes = await objects.get(row.objectKey);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === row.sha256) return bytes;
  throw new SignalError('entry_corrupt', `segment ${row.objectKey} has the sha256 ${sha256}, and was stored with ${row.sha256}`);
};

/** Yields the bytes of every piece that reaches into the stretch, in order. */
async function* piecesOf({ postgres, objects }: StoredLogDeps, { partition, afterN, toN }: StoredStretch): AsyncGenerator<Uint8Array> {
  const closed = await postgres.query<{ objectKey: string; sha256: string }>(segmentsSql, [partition, afterN, toN]);
  for (const row of closed.rows) yield await checkedObject(objects, row);
  const open = await postgres.query<{ data: Buffer }>(chunksSql, [partition, afterN, toN]);
  for (const { data } of open.rows) yield data;
}

/**
 * Yields the stored entries of a stretch, ascending, in pages of 200 at most, each entry once; memory is bounded by one segment. It ends early where no more
 * is stored: the caller proves that nothing is missing. Throws `entry_corrupt` when an object is not what was stored.
 */
export async function* readStoredLog(deps: StoredLogDeps, { partition, afterN, toN }: StoredStretch): AsyncGenerator<readonly DecodedEntry[]> {
  let atN = afterN;
  for (;;) {
    const begunAtN = atN;
    for await (const piece of piecesOf(deps, { partition, afterN: atN, toN })) {
      const entries = (await decodeSegment(piece)).filter(({ id }) => sequenceOf(id) > atN && sequenceOf(id) <= toN);
      for (let from = 0; from < entries.length; from += PAGE_ENTRIES) {
        const page = entries.slice(from, from + PAGE_ENTRIES);
        atN = sequenceOf(page.at(-1)?.id ?? '0');
        yield page;
      }
    }
    // Pieces that became a segment between the two questions are in neither answer, and in the next one.
    if (atN >= toN || atN === begunAtN) return;
  }
}
