import { openRedis, readServerFacts } from '@signal/bus';
import { connectObjectStore, connectPostgres } from '@signal/store';
import { type CheckId, fail, type Finding, pass, reasonOf } from './finding.ts';
import { judgeRedis } from './judge-redis.ts';

const LEAST_POSTGRES = 14;
const redisIds = ['redis.version', 'redis.persistence', 'redis.eviction', 'redis.memory', 'redis.cluster'] as const satisfies readonly CheckId[];

/** Looks at Redis as its masters describe themselves. */
export async function lookAtRedis(url: string): Promise<readonly Finding[]> {
  try {
    const client = await openRedis(url, { name: 'doctor' });
    try {
      return judgeRedis(await readServerFacts(client));
    } finally {
      client.disconnect();
    }
  } catch (error) {
    return redisIds.map((id) => fail(id, `Redis does not answer: ${reasonOf(error)}`, 'start it, or correct REDIS_URL'));
  }
}

/** Looks at Postgres. */
export async function lookAtPostgres(url: string): Promise<readonly Finding[]> {
  const postgres = connectPostgres({ url, poolSize: 1 });
  try {
    const { rows } = await postgres.query<{ version: string }>(`SELECT current_setting('server_version') AS version`);
    const version = rows[0]?.version ?? '';
    const isOld = Number.parseInt(version, 10) < LEAST_POSTGRES;
    return [
      pass('postgres.reachable', 'it answers'),
      isOld ? fail('postgres.version', `it answers ${version}`, `run Postgres ${LEAST_POSTGRES} at least`) : pass('postgres.version', version),
    ];
  } catch (error) {
    return (['postgres.reachable', 'postgres.version'] as const).map((id) =>
      fail(id, `Postgres does not answer: ${reasonOf(error)}`, 'start it, or correct DATABASE_URL'),
    );
  } finally {
    await postgres.close();
  }
}

/** Looks at the object store. */
export async function lookAtObjectStore(url: string): Promise<readonly Finding[]> {
  try {
    const store = connectObjectStore({ url });
    try {
      await store.exists('doctor');
      return [pass('objectStore.reachable', 'it answers')];
    } finally {
      store.close();
    }
  } catch (error) {
    return [fail('objectStore.reachable', `the object store does not answer: ${reasonOf(error)}`, 'start it, or correct S3_URL')];
  }
}
