import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ObjectStoreServer, startObjectStore } from '../object-store-server/start-object-store.ts';
import { connectObjectStore, type ObjectStore } from './object-store.ts';

/** One contract for every server: `S3_URL=http://KEY:SECRET@host:port/bucket` runs it against that one, else the embedded one is started. */
const given = process.env['S3_URL'];

describe('object store contract', () => {
  const prefix = `contract-${process.pid}-${Date.now()}`;
  let folder: string;
  let server: ObjectStoreServer | undefined;
  let url: string;
  let store: ObjectStore;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'signal-s3-'));
    server = given === undefined ? await startObjectStore({ dataDir: folder }) : undefined;
    url = given ?? server?.url ?? '';
    store = connectObjectStore({ url });
    await store.ensureBucket();
  });
  afterAll(async () => {
    for (const { key } of await store.list(prefix)) await store.remove(key);
    store.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('makes the bucket once, however many ask', async () => {
    await expect(Promise.all([store.ensureBucket(), store.ensureBucket()])).resolves.toBeDefined();
  });

  it('gives every byte back', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256));
    await store.put(`${prefix}/bytes/all.bin`, bytes);
    expect((await store.get(`${prefix}/bytes/all.bin`)).equals(bytes)).toBe(true);
  });

  it('keeps an empty object', async () => {
    await store.put(`${prefix}/empty`, Buffer.alloc(0));
    expect(await store.get(`${prefix}/empty`)).toHaveLength(0);
  });

  it('keeps an object that other clients would upload in parts', async () => {
    const bytes = Buffer.alloc(17 * 1024 * 1024, 'signal');
    await store.put(`${prefix}/big`, bytes);
    expect((await store.get(`${prefix}/big`)).equals(bytes)).toBe(true);
  });

  it('writes a view of a larger buffer and nothing beside it', async () => {
    await store.put(`${prefix}/view`, new Uint8Array(Buffer.from('abcdef').buffer.slice(0)).subarray(0, 0));
    await store.put(`${prefix}/view`, Buffer.from('abcdef').subarray(2, 4));
    expect(String(await store.get(`${prefix}/view`))).toBe('cd');
  });

  it('replaces an object of the same key', async () => {
    await store.put(`${prefix}/twice`, Buffer.from('the first, which is longer'));
    await store.put(`${prefix}/twice`, Buffer.from('second'));
    expect(String(await store.get(`${prefix}/twice`))).toBe('second');
  });

  it('lists by key below a prefix, beyond one page', async () => {
    const keys = Array.from({ length: 1030 }, (_, index) => `${prefix}/many/${String(index).padStart(4, '0')}`);
    for (let at = 0; at < keys.length; at += 64) await Promise.all(keys.slice(at, at + 64).map((key) => store.put(key, Buffer.from(key))));
    const listed = await store.list(`${prefix}/many/`);
    expect(listed.map((entry) => entry.key)).toEqual(keys);
    expect(listed[7]).toEqual({ key: keys[7], bytes: keys[7]?.length });
    expect(await store.list(`${prefix}/many/`, 5)).toHaveLength(5);
    expect(await store.list(`${prefix}/nothing/`)).toEqual([]);
  });

  it('says which objects exist', async () => {
    await store.put(`${prefix}/there`, Buffer.from('x'));
    expect(await store.exists(`${prefix}/there`)).toBe(true);
    expect(await store.exists(`${prefix}/not-there`)).toBe(false);
  });

  it('says object_missing for an object that is not there', async () => {
    await expect(store.get(`${prefix}/not-there`)).rejects.toMatchObject({ code: 'object_missing', retriable: false });
  });

  it('removes an object, twice without complaint', async () => {
    await store.put(`${prefix}/gone`, Buffer.from('x'));
    await store.remove(`${prefix}/gone`);
    await store.remove(`${prefix}/gone`);
    expect(await store.exists(`${prefix}/gone`)).toBe(false);
  });

  it.each(['', '/a', 'a/', 'a//b', '../a', 'a/../b', 'a b', 'é', 'x'.repeat(513)])('refuses the key "%s"', async (key) => {
    await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'argument_invalid' });
  });

  it('refuses a wrong secret', async () => {
    const other = connectObjectStore({ url: url.replace(/:[^:@/]+@/u, ':wrong-secret@') });
    await expect(other.put(`${prefix}/stolen`, Buffer.from('x'))).rejects.toMatchObject({ code: 'object_store_failed' });
    other.close();
  });

  it('refuses a request without a signature', async () => {
    await store.put(`${prefix}/private`, Buffer.from('x'));
    const { origin, pathname } = new URL(url);
    const answer = await fetch(`${origin}${pathname}/${prefix}/private`);
    expect(answer.status).toBe(403);
  });
});
