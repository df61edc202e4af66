import { isSignalError, SignalError } from '@signal/contracts';
import { createBackoff } from '@signal/kernel';
import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';

/** The part of the object store that holds scripts. */
export type SourceObjects = Readonly<{ get(key: string): Promise<Uint8Array> }>;

/** Code of scripts by the hash of their source. */
export interface ScriptSources {
  /** Returns JavaScript ready to load. Throws `object_missing`, `script_rejected`, or `object_store_failed` after a minute of trying. */
  load(sha256: string): Promise<string>;
}

const MAX_SOURCE_BYTES = 65_536;
const MAX_CACHED = 64;
const GIVE_UP_AFTER_MS = 60_000;
const RETRY_MS = { baseMs: 50, maxMs: 2000 };

/** Returns the key of a script's source in the object store. */
export function sourceKey(sha256: string): string {
  return `scripts/${sha256}`;
}

/** Returns the hash that names a source. */
export function sourceHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const fetchPatiently = async (objects: SourceObjects, key: string): Promise<Uint8Array> => {
  const backoff = createBackoff(RETRY_MS);
  const givesUpAtMs = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    try {
      return await objects.get(key);
    } catch (error) {
      if (isSignalError(error, 'object_missing') || performance.now() > givesUpAtMs) throw error;
      await wait(backoff.nextMs());
    }
  }
};

const compile = (bytes: Uint8Array, sha256: string): string => {
  const found = sourceHash(bytes);
  if (found !== sha256) throw new SignalError('script_rejected', `the source stored as ${sha256} hashes to ${found}`);
  if (bytes.byteLength > MAX_SOURCE_BYTES)
    throw new SignalError('script_rejected', `the source is ${bytes.byteLength} bytes, and may have ${MAX_SOURCE_BYTES}`);
  try {
    return stripTypeScriptTypes(Buffer.from(bytes).toString('utf8'), { mode: 'strip' });
  } catch (cause) {
    throw new SignalError(
      'script_rejected',
      `the source is no TypeScript that can be stripped of its types: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
};

/** Returns the sources that an object store holds, the last 64 of them kept in memory. */
export function createScriptSources(objects: SourceObjects): ScriptSources {
  const cache = new Map<string, string>();
  return {
    load: async (sha256) => {
      const known = cache.get(sha256);
      if (known !== undefined) return known;
      const code = compile(await fetchPatiently(objects, sourceKey(sha256)), sha256);
      const [oldest] = cache.keys();
      if (cache.size >= MAX_CACHED && oldest !== undefined) cache.delete(oldest);
      cache.set(sha256, code);
      return code;
    },
  };
}
