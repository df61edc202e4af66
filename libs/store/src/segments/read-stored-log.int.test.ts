import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, testDatabase, type TestObjectStore, testObjectStore } from '@signal/testing';
import { createHash } from 'node:crypto';
import { connectObjectStore, type ObjectStore } from '../object-store/object-store.ts';
import { connectPostgres, type Postgres } from '../postgres/postgres.ts';
import { readStoredLog } from './read-stored-log.ts';
import { encodeSegment, type SegmentEntry } from './segment-codec.ts';

const PARTITION = 7;
const entriesOf = (from: number, to: number): readonly SegmentEntry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ id: `${from + i}-0`, fields: new Map([['d', Buffer.from(`entry ${from + i}`)]]) }));

describe('the stored log', () => {
  let objectStore: TestObjectStore;
  let database: TestDatabase;
  let postgres: Postgres;
  let objects: ObjectStore;
  beforeAll(async () => {
    objectStore = await testObjectStore();
    objects = connectObjectStore({ url: objectStore.url });
    await objects.ensureBucket();
  });
  afterAll(async () => {
    objects.close();
    await objectStore.stop();
  });
  beforeEach(async () => {
    database = await testDatabase();
    postgres = connectPostgres({ url: database.url });
  });
  afterEach(async () => {
    await postgres.close();
    await database.drop();
  });

  const closeSegment = async (from: number, to: number): Promise<string> => {
    const data = await encodeSegment(entriesOf(from, to));
    const objectKey = `market/${PARTITION}/${crypto.randomUUID()}.zst`;
    await objects.put(objectKey, data);
    const sha256 = createHash('sha256').update(data).digest('hex');
    const values = [PARTITION, 0, from, to, objectKey, sha256, data.length, to - from + 1];
    await postgres.query(
      'INSERT INTO segments (partition, hour_ms, from_n, to_n, object_key, sha256, bytes, entries) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
      values,
    );
    return objectKey;
  };
  const addChunk = async (from: number, to: number): Promise<void> => {
    const values = [PARTITION, 0, from, to, to - from + 1, 1, await encodeSegment(entriesOf(from, to))];
    await postgres.query(
      'INSERT INTO segment_chunks (partition, hour_ms, from_n, to_n, entries, raw_bytes, data) VALUES ($1, $2, $3, $4, $5, $6, $7)',
      values,
    );
  };
  const read = async (afterN: number, toN: number): Promise<Readonly<{ ids: readonly string[]; largest: number }>> => {
    const pages: (readonly SegmentEntry[])[] = [];
    for await (const page of readStoredLog({ postgres, objects }, { partition: PARTITION, afterN, toN })) pages.push(page);
    return { ids: pages.flat().map(({ id }) => id), largest: Math.max(0, ...pages.map(({ length }) => length)) };
  };
  const idsOf = (from: number, to: number): readonly string[] => entriesOf(from, to).map(({ id }) => id);

  it('is read over closed segments and open pieces as one, in pages', async () => {
    await closeSegment(1, 500);
    await closeSegment(501, 520);
    await addChunk(521, 521);
    await addChunk(522, 530);
    expect(await read(0, 530)).toEqual({ ids: idsOf(1, 530), largest: 200 });
    expect((await read(499, 522)).ids).toEqual(idsOf(500, 522));
    expect((await read(525, 529)).ids).toEqual(idsOf(526, 529));
    expect((await read(530, 530)).ids).toEqual([]);
  });

  it('ends where no more is stored', async () => {
    await closeSegment(1, 20);
    expect((await read(10, 100)).ids).toEqual(idsOf(11, 20));
    expect((await read(20, 100)).ids).toEqual([]);
  });

  it('finds pieces that become a segment while it reads', async () => {
    await closeSegment(1, 20);
    await addChunk(21, 40);
    const ids: string[] = [];
    for await (const page of readStoredLog({ postgres, objects }, { partition: PARTITION, afterN: 0, toN: 60 })) {
      ids.push(...page.map(({ id }) => id));
      if (ids.length > 20) continue;
      await postgres.query('DELETE FROM segment_chunks');
      await closeSegment(21, 60);
    }
    expect(ids).toEqual(idsOf(1, 60));
  });

  it('refuses an object that is not what was stored', async () => {
    const objectKey = await closeSegment(1, 20);
    await objects.put(objectKey, await encodeSegment(entriesOf(1, 19)));
    await expect(read(0, 20)).rejects.toMatchObject({ code: 'entry_corrupt' });
  });
});
