import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createLoadPublisher, type LoadPublisher } from './load-publisher.ts';
import { readLoads } from './read-loads.ts';

describe('the loads of partitions', () => {
  let redis: TestRedis;
  let bus: Bus;
  beforeAll(async () => {
    redis = await startRedis();
    bus = await openBus({ redisUrl: redis.url, namespace: 'loads', member: 'a' });
  });
  afterAll(async () => {
    await bus.close();
    await redis.stop();
  });

  const workOf = (busyMs: number) => () => new Map([[3, { busyMs, entries: 50 }]]);
  /** Publishes until it was done once. */
  const published = (publisher: LoadPublisher, held: readonly number[], serverNowMs: number): Promise<unknown> =>
    until(
      async () => {
        await publisher.publish(held, serverNowMs);
        return (await readLoads(bus, 'indicator')).some(({ atMs }) => atMs === serverNowMs);
      },
      { what: 'the loads to be stored' },
    );

  it('are stored for each partition that is held, with who measured them', async () => {
    await published(createLoadPublisher(bus, 'indicator', workOf(400)), [3, 5], 1_000);
    const [worked, idle, ...others] = await readLoads(bus, 'indicator');
    expect(others).toEqual([]);
    expect(idle).toEqual({ partition: 5, member: 'a', busy: 0, entriesPerS: 0, atMs: 1_000 });
    expect(worked).toMatchObject({ partition: 3, member: 'a', atMs: 1_000 });
    expect(worked?.busy).toBeGreaterThan(0);
  });

  it('go on from what the owner before had measured', async () => {
    await bus.redis.hset(bus.keys.load('indicator'), '3', JSON.stringify({ partition: 3, member: 'b', busy: 0.8, entriesPerS: 10, atMs: 1 }));
    await published(createLoadPublisher(bus, 'indicator', workOf(0)), [3], 2_000);
    const [worked] = await readLoads(bus, 'indicator');
    expect(worked?.member).toBe('a');
    // A second or a few without work take off less than half.
    expect(worked?.busy).toBeGreaterThan(0.1);
    expect(worked?.busy).toBeLessThan(0.8);
  });

  it('are not measured where nobody says what was worked', async () => {
    await createLoadPublisher(bus, 'archive').publish([1], 3_000);
    expect(await readLoads(bus, 'archive')).toEqual([]);
  });
});
