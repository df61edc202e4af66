import { SignalError } from '@signal/contracts';
import type { Redis } from 'ioredis';

const LEAST_MAJOR_VERSION = 7;

const fieldOf = (info: string, name: string): string => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';

/** Throws `backend_failed` unless the server is Redis 7.0 or Valkey 8 at least, and never evicts keys. */
export async function checkServer(redis: Redis): Promise<void> {
  const info = await redis.info();
  const version = fieldOf(info, 'redis_version');
  if (!(Number.parseInt(version, 10) >= LEAST_MAJOR_VERSION)) {
    throw new SignalError('backend_failed', `Redis answers version "${version}", and must be ${LEAST_MAJOR_VERSION}.0 at least`);
  }
  const policy = fieldOf(info, 'maxmemory_policy');
  if (policy !== '' && policy !== 'noeviction') {
    throw new SignalError('backend_failed', `maxmemory-policy of Redis is "${policy}", and must be "noeviction", or it drops entries of the log`);
  }
}
