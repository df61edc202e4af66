import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, type Metrics, systemClock } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import { type Bus, createBus } from '../bus.ts';
import { appendEntry, trade } from '../fixtures/direct-log.ts';
import { TEST_LEASE_TTL_MS } from '../fixtures/open-bus.ts';
import { setNeeded } from '../reading/needed.ts';
import type { Consumer } from './consumer.ts';
import { consumerProgress } from './consumer-progress.ts';
import { readConsumers, registerConsumer, removeConsumer } from './consumers.ts';
import { readReaderStates } from './reader-states.ts';
import { trimTopics } from './trim-topics.ts';

const PARTITION = 5;
/** Redis trims whole nodes: of 100 entries of `bars` here, of about 15 of the log. */
const ENTRIES = 400;
const LARGE = 1024 ** 3;

describe('retention', () => {
  let redis: TestRedis;
  let bus: Bus;
  let metrics: Metrics;
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    metrics = createMetrics({ service: 'ingest', member: 'a' });
    bus = await createBus({
      redisUrl: redis.url,
      namespace: `retention-${(test += 1)}`,
      member: 'a',
      partitions: 16,
      leaseTtlMs: TEST_LEASE_TTL_MS,
      log: createLogger({ service: 'retention', member: 'a', level: 'silent' }),
      clock: systemClock,
      metrics,
    });
  });
  afterEach(() => bus.close());

  const fillLog = async (from = 1, to = ENTRIES): Promise<void> => {
    for (let n = from; n <= to; n += 1) await appendEntry(bus, { partition: PARTITION, n }, [trade(PARTITION, n)]);
  };
  const fillBars = async (from = 1, to = ENTRIES): Promise<void> => {
    for (let n = from; n <= to; n += 1) await bus.redis.xadd(bus.keys.topic('bars', PARTITION), `${n}-0`, 'prev', `${n - 1}-0`, 'json', '[]');
  };
  const firstOf = async (topic: 'market' | 'bars'): Promise<string> =>
    (await bus.redis.xrange(bus.keys.topic(topic, PARTITION), '-', '+', 'COUNT', 1))[0]?.[0] ?? 'none';
  /** Where the log begins, as a number. */
  const beginsAt = async (): Promise<number> => Number.parseInt(await firstOf('market'), 10);
  const trimLog = (budgetMs: number, maxBacklogBytes = LARGE, end = ENTRIES): Promise<void> =>
    trimTopics(bus, {
      service: 'ingest',
      partition: PARTITION,
      topics: ['market'],
      keepFrom: end,
      required: [],
      budgets: { budgetMs, maxBacklogBytes },
    });
  const trimBars = (required: readonly string[] = []): Promise<void> =>
    trimTopics(bus, { service: 'ingest', partition: PARTITION, topics: ['bars'], keepFrom: ENTRIES, required });
  const metricsText = (): Promise<string> => metrics.registry.metrics();
  /** Trims again and again, as the sequencer does, until something is so. */
  const trimUntil = (trim: () => Promise<void>, done: () => Promise<boolean>, what: string): Promise<unknown> =>
    until(
      async () => {
        await trim();
        return done();
      },
      { what },
    );
  const register = (change: Partial<Consumer> = {}): Promise<Consumer> =>
    registerConsumer(bus, { topic: 'bars', group: 'desk', retentionBudgetMs: 60_000, owner: 'alice', ...change });

  describe('of a reader of the log', () => {
    it('keeps everything that a reader within its budget still needs', async () => {
      await fillLog();
      await setNeeded(bus, 'slow', PARTITION, 10);
      await setNeeded(bus, 'quick', PARTITION, 390);
      for (let i = 0; i < 5; i += 1) await trimLog(60_000);
      expect(await firstOf('market')).toBe('1-0');
      expect(await metricsText()).toMatch(/signal_reader_budget_used\{reader="slow"\} 0(\.\d+)?\n/);
    });

    it('drops a reader that did not move for its budget, with an alarm, and trims to what the others need', async () => {
      await fillLog();
      await setNeeded(bus, 'slow', PARTITION, 10);
      await setNeeded(bus, 'quick', PARTITION, 390);
      await trimUntil(
        () => trimLog(20).then(() => setNeeded(bus, 'quick', PARTITION, 391)),
        async () => (await firstOf('market')) !== '1-0',
        'the trim',
      );
      expect(await beginsAt()).toBeGreaterThan(350);
      expect(await beginsAt()).toBeLessThan(391);
      const slow = (await readReaderStates(bus)).find(({ reader }) => reader === 'slow');
      expect(slow).toMatchObject({ partition: PARTITION, position: '10', budgetUsed: 1, drops: 1 });
      expect(slow?.droppedAtMs).toBeGreaterThan(0);
      expect(await metricsText()).toContain('signal_reader_dropped_total{reader="slow"} 1');
      expect(await metricsText()).toContain('signal_reader_budget_used{reader="slow"} 1');
    });

    it('gives the whole budget again to a reader that moves', async () => {
      await fillLog();
      await setNeeded(bus, 'slow', PARTITION, 10);
      let n = 10;
      const move = async (): Promise<void> => {
        await trimLog(100);
        await setNeeded(bus, 'slow', PARTITION, (n += 1));
      };
      const beganMs = performance.now();
      await trimUntil(move, async () => performance.now() - beganMs > 300, 'three budgets');
      expect(n).toBeLessThan(ENTRIES);
      expect(await beginsAt()).toBeLessThanOrEqual(n);
      expect(await readReaderStates(bus)).toMatchObject([{ reader: 'slow', droppedAtMs: undefined, drops: 0 }]);
    });

    it('drops a reader for which too many bytes wait, however little of its time it used', async () => {
      await fillLog();
      await setNeeded(bus, 'slow', PARTITION, 10);
      await trimLog(60_000, 1_000);
      expect(await beginsAt()).toBeGreaterThan(350);
      expect(await metricsText()).toContain('signal_reader_dropped_total{reader="slow"} 1');
    });

    it('does not take a few large entries at the beginning for the size of all', async () => {
      for (let n = 1; n <= 5; n += 1) await bus.redis.xadd(bus.keys.topic('market', PARTITION), `${n}-0`, 'd', 'x'.repeat(60_000));
      for (let n = 6; n <= 2_000; n += 1) await bus.redis.xadd(bus.keys.topic('market', PARTITION), `${n}-0`, 'd', 'x'.repeat(100));
      await setNeeded(bus, 'slow', PARTITION, 1);
      // 0.5 MB in all; 15 MB as the first entries would have it, or 120 MB were they all as large.
      await trimLog(60_000, 20_000_000, 2_000);
      expect(await firstOf('market')).toBe('1-0');
      await trimLog(60_000, 100_000, 2_000);
      expect(await firstOf('market')).not.toBe('1-0');
    });

    it('holds the trim for a dropped reader again once it moved', async () => {
      await fillLog();
      await setNeeded(bus, 'slow', PARTITION, 10);
      await trimLog(60_000, 1_000);
      await setNeeded(bus, 'slow', PARTITION, 390);
      await fillLog(401, 600);
      const begins = await beginsAt();
      await trimLog(60_000, LARGE, 600);
      expect([begins > 350, await beginsAt()]).toEqual([true, begins]);
      expect((await readReaderStates(bus)).find(({ reader }) => reader === 'slow')).toMatchObject({ droppedAtMs: undefined, drops: 1 });
    });

    it('never drops the one who writes the log', async () => {
      await fillLog();
      await setNeeded(bus, 'ingest', PARTITION, 10);
      await trimLog(60_000, 1_000);
      expect(await firstOf('market')).toBe('1-0');
      expect(await metricsText()).toContain('signal_reader_budget_used{reader="ingest"} 1');
    });

    it('waits for a reader that never came only as long as for one that stands still', async () => {
      await fillLog();
      const trim = (): Promise<void> =>
        trimTopics(bus, {
          service: 'ingest',
          partition: PARTITION,
          topics: ['market'],
          keepFrom: ENTRIES,
          required: ['indicator'],
          budgets: { budgetMs: 20, maxBacklogBytes: LARGE },
        });
      await trim();
      expect(await firstOf('market')).toBe('1-0');
      await trimUntil(trim, async () => (await firstOf('market')) !== '1-0', 'the trim');
      expect(await metricsText()).toContain('signal_reader_dropped_total{reader="indicator"} 1');
    });

    it('lets a reader that was dropped from the log hold no public topic either', async () => {
      await fillLog();
      await fillBars();
      await setNeeded(bus, 'archive', PARTITION, 10);
      await trimBars(['archive']);
      expect(await firstOf('bars')).toBe('1-0');
      await trimLog(60_000, 1_000);
      await trimBars(['archive']);
      expect(await firstOf('bars')).toBe('301-0');
    });
  });

  describe('of a consumer outside the fleet', () => {
    const read = async (count: number): Promise<readonly string[]> => {
      const key = bus.keys.topic('bars', PARTITION);
      const reply = (await bus.redis.call('xreadgroup', ['GROUP', 'desk', 'd1', 'COUNT', count, 'STREAMS', key, '>'])) as
        | readonly (readonly [string, readonly (readonly [string, unknown])[]])[]
        | null;
      return (reply?.[0]?.[1] ?? []).map(([id]) => id);
    };

    it('keeps what the group was not given yet, from the registration on', async () => {
      await fillBars(1, 5);
      await register();
      await fillBars(6, ENTRIES);
      await trimBars();
      expect(await firstOf('bars')).toBe('1-0');
      expect((await read(ENTRIES)).length).toBe(ENTRIES - 5);
    });

    it('keeps what was given and not acknowledged: the lowest pending entry', async () => {
      await register();
      await fillBars();
      const ids = await read(ENTRIES);
      await bus.redis.xack(bus.keys.topic('bars', PARTITION), 'desk', ...ids.filter((id) => id !== '150-0'));
      await trimBars();
      expect(await firstOf('bars')).toBe('101-0');
      await bus.redis.xack(bus.keys.topic('bars', PARTITION), 'desk', '150-0');
      await trimBars();
      expect(await firstOf('bars')).toBe('301-0');
    });

    it('is dropped beyond its budget, and finds by prev that it missed something', async () => {
      const { id } = await register({ retentionBudgetMs: 30 });
      await fillBars();
      await trimUntil(trimBars, async () => (await firstOf('bars')) !== '1-0', 'the trim');
      expect(await metricsText()).toContain(`signal_reader_dropped_total{reader="${id}"} 1`);
      const [first] = await bus.redis.xrange(bus.keys.topic('bars', PARTITION), '-', '+', 'COUNT', 1);
      expect(await read(1)).toEqual(['301-0']);
      expect(first?.[1].slice(0, 2)).toEqual(['prev', '300-0']);
      const [consumer] = await readConsumers(bus);
      const progress = await consumerProgress(bus, consumer as Consumer, await readReaderStates(bus));
      expect(progress[PARTITION]).toMatchObject({ state: 'dropped', budgetUsed: 1, position: '301-0' });
      await register({ retentionBudgetMs: 60_000 });
      expect(await readReaderStates(bus)).toEqual([]);
    });

    it('holds the topic it is registered for and no other', async () => {
      await register({ topic: 'indicators' });
      await fillBars();
      await trimBars();
      expect(await firstOf('bars')).toBe('301-0');
    });

    it('is listed with its position, lag in entries and age, and its budget', async () => {
      const consumer = await register();
      await fillLog(1, 10);
      await fillBars(1, 10);
      await read(4);
      const progress = await consumerProgress(bus, consumer, []);
      expect(progress[0]).toEqual({ partition: 0, position: '0-0', pending: 0, lagEntries: 0, lagMs: 0, budgetUsed: 0, state: 'active' });
      expect(progress[PARTITION]).toMatchObject({ position: '4-0', pending: 4, lagEntries: 6 });
      expect(progress[PARTITION]?.lagMs).toBeGreaterThanOrEqual(0);
      await bus.redis.xdel(bus.keys.topic('bars', PARTITION), '7-0');
      expect((await consumerProgress(bus, consumer, []))[PARTITION]?.lagEntries).toBeNull();
    });

    it('keeps one registration a group, and nothing once it is removed', async () => {
      const { id } = await register();
      await register({ retentionBudgetMs: 5_000 });
      expect(await readConsumers(bus)).toMatchObject([{ id, topic: 'bars', group: 'desk', retentionBudgetMs: 5_000, owner: 'alice' }]);
      await fillBars();
      expect(await removeConsumer(bus, id)).toBe(true);
      await trimBars();
      expect(await firstOf('bars')).toBe('301-0');
      expect([await removeConsumer(bus, id), await readConsumers(bus)]).toEqual([false, []]);
    });
  });
});
