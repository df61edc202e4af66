import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createMembership, type Heartbeat } from './membership.ts';

const TTL_MS = 20_000;

describe('who counts as alive', () => {
  let redis: TestRedis;
  let bus: Bus;
  let service = '';
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
    bus = await openBus({ redisUrl: redis.url, namespace: 'membership', member: 'b', leaseTtlMs: TTL_MS });
  });
  afterAll(async () => {
    await bus.close();
    await redis.stop();
  });
  beforeEach(() => {
    service = `service-${(test += 1)}`;
  });

  const beat = (member: string): Promise<Heartbeat> => createMembership({ ...bus, member }, service, { pid: 1, url: '' }).beat();
  /** Lets time pass: everything that was heard of is as much older. */
  const pass = async (ms: number, ...names: readonly string[]): Promise<void> => {
    const key = bus.keys.members(service);
    const known = names.length > 0 ? names : await bus.redis.zrange(key, '0', '-1');
    for (const name of known) await bus.redis.zincrby(key, -ms, name);
  };

  it('is who was heard of within the ttl, and it changes when the ttl of the one silent longest ends', async () => {
    await beat('a');
    await pass(6_000);
    const heard = await beat('b');
    expect([heard.live, heard.inGrace]).toEqual([['a', 'b'], []]);
    expect(heard.changesInMs).toBeGreaterThan(13_000);
    expect(heard.changesInMs).toBeLessThanOrEqual(14_000);
  });

  it('is nobody who fell silent while others were heard', async () => {
    await beat('a');
    await beat('b');
    await pass(21_000, 'a');
    expect((await beat('b')).live).toEqual(['b']);
  });

  it('is, for a while after all were silent, whoever lived before', async () => {
    await beat('old');
    await beat('a');
    await beat('c');
    await pass(25_000, 'old');
    await pass(60_000);
    const first = await beat('b');
    expect([first.live, first.inGrace.toSorted()]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'c'],
    ]);
    await pass(9_000);
    const back = await beat('a');
    expect([back.live, back.inGrace, back.changesInMs <= 1_000]).toEqual([['a', 'b', 'c'], ['c'], true]);
    await pass(1_100);
    expect((await beat('b')).live).toEqual(['a', 'b']);
  });

  it('remembers across a second pause who had no time to come back from the first', async () => {
    await beat('a');
    await pass(60_000);
    await beat('b');
    await pass(9_000);
    await beat('b');
    await pass(15_000);
    expect((await beat('b')).live).toEqual(['a', 'b']);
  });

  it('forgets after twenty ttl who was silent, unless all were', async () => {
    await beat('a');
    await pass(500_000);
    expect((await beat('b')).live).toEqual(['a', 'b']);
    await pass(11_000);
    expect((await beat('b')).live).toEqual(['b']);
    expect(await bus.redis.zscore(bus.keys.members(service), 'a')).toBeNull();
  });
});
