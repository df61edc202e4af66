import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, type Metrics, systemClock } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import { type Bus, createBus } from '../bus.ts';
import { appendEntry, trade } from '../fixtures/direct-log.ts';
import { TEST_LEASE_TTL_MS } from '../fixtures/open-bus.ts';
import { createMembership } from '../ownership/membership.ts';
import { showPosition } from '../reading/needed.ts';
import { adviseReplicas, type AdviceTick } from './advise-replicas.ts';
import { readAdvice } from './stored-advice.ts';

const AT_ONCE = { lookEveryMs: 0, watchFirstMs: 0 };

describe('the advice of a leader', () => {
  let redis: TestRedis;
  let bus: Bus;
  let metrics: Metrics;
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  const open = (namespace: string): Promise<Bus> =>
    createBus({
      redisUrl: redis.url,
      namespace,
      member: 'a',
      partitions: 16,
      leaseTtlMs: TEST_LEASE_TTL_MS,
      log: createLogger({ service: 'scaling', member: 'a', level: 'silent' }),
      clock: systemClock,
      metrics,
    });
  beforeEach(async () => {
    metrics = createMetrics({ service: 'indicator', member: 'a' });
    bus = await open(`scaling-${(test += 1)}`);
  });
  afterEach(() => bus.close());

  const showAll = async (n: number): Promise<void> => {
    for (let partition = 0; partition < 16; partition += 1)
      await showPosition(bus, 'indicator', { topic: 'market', partition, id: n === 0 ? '0-0' : `${n}-0`, entriesRead: n });
  };
  const tick = (change: Partial<AdviceTick> = {}): AdviceTick => ({
    service: 'indicator',
    live: ['a', 'b'],
    draining: [],
    loads: [{ partition: 5, member: 'a', busy: 0.5, entriesPerS: 500, atMs: 0 }],
    serverNowMs: Date.now(),
    ...change,
  });
  const look = (change: Partial<AdviceTick> = {}): Promise<void> => adviseReplicas(bus, tick(change), AT_ONCE);

  it('is stored and shown, computed of lags, loads and what arrives', async () => {
    await showAll(0);
    for (let n = 1; n <= 30; n += 1) await appendEntry(bus, { partition: 5, n }, [trade(5, n)]);
    await look();
    expect(await readAdvice(bus, 'indicator')).toMatchObject({
      recommended: 2,
      current: 2,
      inputs: { rate: null, lagEntries: 30, perMember: 1_000 },
    });
    await until(
      async () => {
        await appendEntry(bus, { partition: 5, n: 31 }, [trade(5, 31)]).catch(() => undefined);
        await look();
        return (await readAdvice(bus, 'indicator')).inputs.rate !== null;
      },
      { what: 'a rate' },
    );
    const advice = await readAdvice(bus, 'indicator');
    expect(advice.inputs).toMatchObject({ lagEntries: 31, perMember: 1_000 });
    expect(advice.inputs.rate).toBeGreaterThan(0);
    expect(advice.inputs.lagMs).toBeGreaterThanOrEqual(0);
    expect(advice.reason).toContain('a takes 1000 entries per busy second');
    expect(await metrics.registry.metrics()).toContain(`signal_recommended_replicas{service="indicator"} ${advice.recommended}`);
  });

  it('says null for a lag that is unknown, and keeps what runs', async () => {
    await showAll(0);
    await bus.redis.xgroup('DESTROY', bus.keys.topic('market', 3), 'indicator');
    await look({ live: ['a', 'b', 'c'], draining: ['c'] });
    expect(await readAdvice(bus, 'indicator')).toMatchObject({
      recommended: 2,
      current: 2,
      reason: 'the lag of a partition is unknown, so the members that run are kept',
      inputs: { lagEntries: null, lagMs: null },
    });
  });

  it('lets nobody go at once when a new leader begins, and goes on from what the last one knew', async () => {
    await showAll(0);
    const many = ['a', 'b', 'c', 'd', 'e'];
    await look({ live: many });
    await until(
      async () => {
        await look({ live: many });
        return (await readAdvice(bus, 'indicator')).inputs.rate !== null;
      },
      { what: 'a rate' },
    );
    expect(await readAdvice(bus, 'indicator')).toMatchObject({ recommended: 5, reason: expect.stringContaining('5 were needed in the last 300 s') });
    const next = await open(bus.keys.namespace);
    try {
      for (let i = 0; i < 2; i += 1) await adviseReplicas(next, tick({ live: ['a'] }), AT_ONCE);
      await until(
        async () => {
          await adviseReplicas(next, tick({ live: ['a'] }), AT_ONCE);
          return (await readAdvice(next, 'indicator')).inputs.rate !== null;
        },
        { what: 'a rate' },
      );
      expect((await readAdvice(next, 'indicator')).recommended).toBe(5);
    } finally {
      await next.close();
    }
  });

  it('is unknown where no leader looked', async () => {
    expect(await readAdvice(bus, 'greeks')).toMatchObject({ recommended: 1, current: 0, reason: 'no member lives, and at least one is needed' });
    await createMembership(bus, 'greeks', { pid: 1, url: '' }).beat();
    expect(await readAdvice(bus, 'greeks')).toMatchObject({ recommended: 1, current: 1, reason: expect.stringContaining('no leader has measured') });
  });
});
