import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '@signal/testing';
import type { Redis } from 'ioredis';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connectRedis } from './connect-redis.ts';
import { gatherWrites } from './gather-writes.ts';

describe('gathered writes', () => {
  let server: TestRedis;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, { name: 'gather' });
    await redis.ping();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  const heldBytes = (): number => (redis.stream as Socket).writableLength;

  it('leave together at the end of the turn, in order', async () => {
    const replies: Promise<unknown>[] = [];
    for (let i = 0; i < 3; i += 1) {
      gatherWrites(redis);
      replies.push(redis.rpush('list', `${i}`));
    }
    expect(heldBytes()).toBeGreaterThan(3 * 'rpush list 0'.length);
    expect(await Promise.all(replies)).toEqual([1, 2, 3]);
    expect(heldBytes()).toBe(0);
    expect(await redis.lrange('list', 0, -1)).toEqual(['0', '1', '2']);
  });

  it('do not wait for a turn that takes long: the next command sends what was held', async () => {
    gatherWrites(redis);
    const first = redis.set('a', '1');
    expect(heldBytes()).toBeGreaterThan(0);
    const untilMs = performance.now() + 3;
    while (performance.now() < untilMs) Math.sqrt(untilMs);
    gatherWrites(redis);
    expect(heldBytes()).toBe(0);
    expect(await first).toBe('OK');
  });

  it('outlive a connection that is cut while they are held', async () => {
    gatherWrites(redis);
    const lost = redis.set('b', '1').then(
      () => 'answered',
      () => 'refused',
    );
    (redis.stream as Socket).destroy();
    expect(await lost).toBe('refused');
    expect(await redis.set('b', '2')).toBe('OK');
    gatherWrites(redis);
    expect(await redis.get('b')).toBe('2');
  });
});
