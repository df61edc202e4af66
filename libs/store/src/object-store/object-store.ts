import { isSignalError, SignalError } from '@signal/contracts';
import type { Breakers } from '@signal/kernel';
import type { Readable } from 'node:stream';
import type { Client } from 'minio';
import { createClient, MAX_OBJECT_BYTES } from './client.ts';
import { objectStoreError } from './object-store-error.ts';
import { parseObjectStoreUrl } from './object-store-url.ts';

/** One object of a listing. */
export type ObjectEntry = Readonly<{ key: string; bytes: number }>;

/** One bucket of an S3 server. Keys are of `A-Z a-z 0-9 . _ = - /`, at most 512 characters; every call has a deadline and a breaker. */
export interface ObjectStore {
  /** Makes the bucket unless it is there. */
  ensureBucket(): Promise<void>;
  /** Writes an object whole, in place of one of the same key. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Returns an object's bytes, or throws `object_missing`. */
  get(key: string): Promise<Buffer>;
  exists(key: string): Promise<boolean>;
  /** Returns the objects whose key begins with `prefix`, by key; at most `limit` (10,000), the rest is left off. */
  list(prefix: string, limit?: number): Promise<readonly ObjectEntry[]>;
  /** Takes an object away; one that is not there is no error. */
  remove(key: string): Promise<void>;
  close(): void;
}

/** `url`: `http[s]://KEY:SECRET@host:port/bucket`. Without `breakers` there is none. */
export type ObjectStoreOptions = Readonly<{ url: string; breakers?: Breakers }>;

const CALL_TIMEOUT_MS = 30_000;
const KEY = /^[A-Za-z0-9._=-]+(\/[A-Za-z0-9._=-]+)*$/u;
const MAX_KEY_LENGTH = 512;
const DEFAULT_LIST_LIMIT = 10_000;

const alreadyThere = new Set(['BucketAlreadyOwnedByYou', 'BucketAlreadyExists']);

const isAlreadyThere = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && alreadyThere.has(String(error.code));

function checkedKey(key: string): string {
  if (KEY.test(key) && key.length <= MAX_KEY_LENGTH && !key.split('/').some((part) => /^\.+$/u.test(part))) return key;
  throw new SignalError(
    'argument_invalid',
    `object key "${key.slice(0, 80)}" must be at most ${MAX_KEY_LENGTH} of A-Z a-z 0-9 . _ = - with / between parts`,
  );
}

async function readAll(stream: Readable, key: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_OBJECT_BYTES) throw new SignalError('argument_invalid', `object ${key} is above ${MAX_OBJECT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function makeBucket(client: Client, bucket: string, region: string): Promise<void> {
  if (await client.bucketExists(bucket)) return;
  try {
    await client.makeBucket(bucket, region);
  } catch (error) {
    // Two services that start at once may both find it absent.
    if (!isAlreadyThere(error)) throw error;
  }
}

async function listObjects(client: Client, bucket: string, options: Readonly<{ prefix: string; limit: number }>): Promise<readonly ObjectEntry[]> {
  const entries: ObjectEntry[] = [];
  // The first version of the call, by marker: the embedded server breaks at the second page of the other (ADR 0008).
  const stream = client.listObjects(bucket, options.prefix, true);
  try {
    for await (const { name, size } of stream as AsyncIterable<{ name?: string; size: number }>) {
      if (name !== undefined) entries.push({ key: name, bytes: size });
      if (entries.length >= options.limit) break;
    }
  } finally {
    stream.destroy();
  }
  return entries;
}

const guardedBy = (breakers: Breakers | undefined): ((what: string, work: () => Promise<unknown>) => Promise<unknown>) => {
  const run = async (what: string, work: () => Promise<unknown>): Promise<unknown> => {
    try {
      return await work();
    } catch (error) {
      throw objectStoreError(error, what);
    }
  };
  const breaker = breakers?.create({
    dependency: 'object-store',
    timeoutMs: CALL_TIMEOUT_MS,
    call: (_signal, what: string, work: () => Promise<unknown>) => run(what, work),
  });
  return breaker === undefined ? run : (what, work) => breaker.fire(what, work);
};

/** Returns one bucket of an S3 server. Nothing is sent before the first call; the caller closes it. */
export function connectObjectStore({ url, breakers }: ObjectStoreOptions): ObjectStore {
  const address = parseObjectStoreUrl(url);
  const { client, agent } = createClient(address);
  const { bucket } = address;
  const guarded = guardedBy(breakers);
  const call = async <T>(what: string, work: () => Promise<T>): Promise<T> => (await guarded(what, work)) as T;
  return {
    ensureBucket: () => call(`bucket ${bucket}`, () => makeBucket(client, bucket, address.region)),
    put: async (key, bytes) => {
      if (bytes.byteLength > MAX_OBJECT_BYTES)
        throw new SignalError('argument_invalid', `object ${key} has ${bytes.byteLength} bytes, and at most ${MAX_OBJECT_BYTES} may be`);
      const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      await call(`put ${key}`, () => client.putObject(bucket, checkedKey(key), body, body.length));
    },
    get: (key) => call(`get ${key}`, async () => readAll(await client.getObject(bucket, checkedKey(key)), key)),
    exists: async (key) => {
      try {
        await call(`stat ${key}`, () => client.statObject(bucket, checkedKey(key)));
        return true;
      } catch (error) {
        if (isSignalError(error, 'object_missing')) return false;
        throw error;
      }
    },
    list: (prefix, limit = DEFAULT_LIST_LIMIT) => call(`list ${prefix}`, () => listObjects(client, bucket, { prefix, limit })),
    remove: (key) => call(`remove ${key}`, () => client.removeObject(bucket, checkedKey(key))),
    close: () => agent.destroy(),
  };
}
