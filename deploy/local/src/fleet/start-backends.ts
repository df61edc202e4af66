import { connectObjectStore, migrate } from '@signal/store';
import type { BackendDeps } from '../backends/backend.ts';
import { prepareObjectStore } from '../backends/object-store.ts';
import { preparePostgres } from '../backends/postgres.ts';
import { prepareRedis } from '../backends/redis.ts';
import type { Secrets } from '../data/secrets.ts';
import type { LauncherEnv } from './environment.ts';
import type { Fleet } from './fleet.ts';
import { hostsOf } from './hosts-of.ts';
import type { BackendUrls } from './settings.ts';

/** What the backends are started from: given addresses win over our own servers. */
export type BackendInput = Readonly<{ fleet: Fleet; deps: BackendDeps; env: LauncherEnv; secrets: Secrets; fresh: boolean }>;

/** Starts the backends that were not given, all at once, and brings the database and the bucket to the state that services expect. */
export async function startBackends(input: BackendInput): Promise<BackendUrls> {
  const [redisUrl, databaseUrl, s3Url] = await Promise.all([startRedis(input), startPostgres(input), startObjects(input)]);
  return { redisUrl, databaseUrl, s3Url };
}

async function startRedis({ deps, env, fleet }: BackendInput): Promise<string> {
  if (env.REDIS_URL !== undefined) return given('redis', env.REDIS_URL, deps);
  const url = await fleet.startBackend('redis', await prepareRedis(deps));
  deps.say('redis: ready');
  return url;
}

async function startPostgres({ deps, env, fleet, fresh, secrets }: BackendInput): Promise<string> {
  const options = { password: secrets.postgresPassword, fresh };
  const url =
    env.DATABASE_URL === undefined
      ? await fleet.startBackend('postgres', await preparePostgres(deps, options))
      : given('postgres', env.DATABASE_URL, deps);
  const ran = await migrate(url);
  deps.say(`postgres: ready, ${ran.length === 0 ? 'its schema is current' : `${ran.length} migrations run`}`);
  return url;
}

async function startObjects({ deps, env, fleet }: BackendInput): Promise<string> {
  const url =
    env.S3_URL === undefined ? await fleet.startBackend('object-store', await prepareObjectStore(deps)) : given('object store', env.S3_URL, deps);
  const store = connectObjectStore({ url });
  try {
    await store.ensureBucket();
  } finally {
    store.close();
  }
  deps.say('object store: ready');
  return url;
}

function given(name: string, url: string, deps: BackendDeps): string {
  deps.say(`${name}: the given one at ${hostsOf(url)}`);
  return url;
}
