import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis } from './redis.ts';
import type { TestRedis } from './test-redis.ts';

const read = async (url: string, work: (client: Redis) => Promise<unknown>): Promise<unknown> => {
  const client = new Redis(url, { maxRetriesPerRequest: 3 });
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
};

describe('startRedis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis({ aof: true, one: true });
  });
  afterAll(() => redis.stop());

  it('keeps what it answered across SIGKILL and restart when it writes an append-only file', async () => {
    await read(redis.url, (client) => client.set('kept', '1'));
    await redis.kill();
    await redis.restart();
    expect(await read(redis.url, (client) => client.get('kept'))).toBe('1');
  });

  it('never evicts, as the bus requires', async () => {
    expect(await read(redis.url, (client) => client.config('GET', 'maxmemory-policy'))).toEqual(['maxmemory-policy', 'noeviction']);
  });
});
