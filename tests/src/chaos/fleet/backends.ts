import { newFolder, startRedis, type TestDatabase, testDatabase, type TestObjectStore, testObjectStore, type TestRedis } from '@signal/testing';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Redis, Postgres and the object store of one run. */
export type Backends = Readonly<{ redis: TestRedis; database: TestDatabase; objects: TestObjectStore; close(): Promise<void> }>;

const MEMORY_FOLDER = '/dev/shm';

/**
 * Redis acknowledges before it fsyncs and, while an fsync is under way, before it writes: on a slow disk a kill then loses what was
 * acknowledged. That is a rollback and another test's subject; here the append-only file lies in memory, where an fsync takes no time.
 */
const redisFolder = (): string => {
  if (!existsSync(MEMORY_FOLDER)) return newFolder('redis');
  const folder = mkdtempSync(join(MEMORY_FOLDER, 'signal-chaos-'));
  chmodSync(folder, 0o700);
  return folder;
};

/** Starts the backends of one run. The caller closes them. */
export async function startBackends(): Promise<Backends> {
  const dir = redisFolder();
  const removeFolder = (): void => rmSync(dir, { recursive: true, force: true });
  // Memory is not given back by anybody else, should the run be cut short.
  process.once('exit', removeFolder);
  const redis = await startRedis({ aof: 'everysec', dir });
  const database = await testDatabase();
  const objects = await testObjectStore();
  return {
    redis,
    database,
    objects,
    close: async () => {
      await objects.stop();
      await database.drop();
      await redis.stop();
      removeFolder();
      process.removeListener('exit', removeFolder);
    },
  };
}
