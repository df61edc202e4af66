import { SignalError } from '@signal/contracts';
import type { Logger } from '@signal/kernel';
import type { RedisClient } from './redis-client.ts';
import { mastersOf, nodeKeyOf } from './redis-nodes.ts';

const LEAST_MAJOR_VERSION = 7;

/** Returns a field of the answer to INFO, '' when it is not there. */
export function infoField(info: string, name: string): string {
  return new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';
}

const check = (info: string): void => {
  const version = infoField(info, 'redis_version');
  if (!(Number.parseInt(version, 10) >= LEAST_MAJOR_VERSION)) {
    throw new SignalError('backend_failed', `Redis answers version "${version}", and must be ${LEAST_MAJOR_VERSION}.0 at least`);
  }
  const policy = infoField(info, 'maxmemory_policy');
  if (policy !== '' && policy !== 'noeviction') {
    throw new SignalError('backend_failed', `maxmemory-policy of Redis is "${policy}", and must be "noeviction", or it drops entries of the log`);
  }
};

/**
 * Throws `backend_failed` unless the server, or each master of a cluster, is Redis 7.0 or Valkey 8 at least, and never evicts keys.
 * One without an append-only file is said in the log: its restart is a loss, which is noticed and told, but not undone.
 */
export async function checkServer(redis: RedisClient, log?: Logger): Promise<void> {
  for (const master of await mastersOf(redis)) {
    const info = await master.info();
    check(info);
    if (infoField(info, 'aof_enabled') !== '0') continue;
    log?.warn(
      { server: nodeKeyOf(master) },
      'Redis runs with "appendonly no": when it restarts, everything since its last snapshot file is lost. Set "appendonly yes"; npm run doctor tells more',
    );
  }
}
