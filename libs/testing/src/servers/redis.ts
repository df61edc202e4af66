import { freePort } from './free-port.ts';
import { startRedisCluster } from './redis-cluster.ts';
import { REDIS_HOST, startRedisProcess } from './redis-process.ts';
import { newFolder } from './run-folder.ts';
import type { TestRedis } from './test-redis.ts';

/**
 * `aof: true` writes every command to disk before it is answered, so that a killed server comes back with all of it; `everysec` as
 * production does. `one` asks for a single server also where the tests run against a cluster.
 */
export type RedisOptions = Readonly<{ aof?: boolean | 'everysec'; dir?: string; one?: boolean }>;

/** With the value `cluster`, tests that ask for a Redis get a cluster of three masters with a replica each. */
const TEST_REDIS = 'SIGNAL_TEST_REDIS';

const settingsOf = ({ aof = false, dir = newFolder('redis') }: RedisOptions): Readonly<Record<string, string>> => ({
  dir,
  save: '',
  appendonly: aof === false ? 'no' : 'yes',
  appendfsync: aof === 'everysec' ? aof : 'always',
  'maxmemory-policy': 'noeviction',
  loglevel: 'warning',
});

/** Starts a Redis for one test file on a free port; the file stops it in `afterAll`. */
export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  if (process.env[TEST_REDIS] === 'cluster' && options.one !== true) return startRedisCluster();
  const server = await startRedisProcess(await freePort(), settingsOf(options));
  return { ...server, url: `redis://${REDIS_HOST}:${server.port}` };
}
