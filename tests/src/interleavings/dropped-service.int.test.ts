import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bus, createBus, groupsOf, sequenceOf, stateOf } from '@signal/bus';
import { partitionOf } from '@signal/contracts';
import { createLogger, systemClock } from '@signal/kernel';
import { computeBatch } from '@signal/indicators';
import { connectPostgres, type Postgres, readBars, readSignals } from '@signal/store';
import {
  spawnService,
  type SpawnedService,
  startRedis,
  type TestDatabase,
  testDatabase,
  type TestObjectStore,
  testObjectStore,
  type TestRedis,
  until,
} from '@signal/testing';

const PARTITIONS = 16;
const SERIES = 'INDEX:IXIC';
const PARTITION = partitionOf(SERIES, PARTITIONS);
/** Every value depends on all bars before it. */
const EXPRESSION = 'rsi(50)';
const FAR_BEHIND = 300;
const MOST_ROWS = 100_000;
const WITHIN_MS = 60_000;
const SLOW_MACHINE_MS = 180_000;

describe('a service that was away for longer than its budget', () => {
  let redis: TestRedis;
  let database: TestDatabase;
  let objectStore: TestObjectStore;
  let bus: Bus;
  let postgres: Postgres;
  let settings: Record<string, string>;
  const running: SpawnedService[] = [];

  beforeAll(async () => {
    [redis, objectStore, database] = await Promise.all([startRedis({ aof: true }), testObjectStore(), testDatabase()]);
    const log = createLogger({ service: 'test', member: 'test', level: 'silent' });
    bus = await createBus({ redisUrl: redis.url, namespace: '', partitions: PARTITIONS, member: 'test', leaseTtlMs: 1_000, log, clock: systemClock });
    postgres = connectPostgres({ url: database.url });
    settings = {
      REDIS_URL: redis.url,
      DATABASE_URL: database.url,
      S3_URL: objectStore.url,
      PARTITIONS: String(PARTITIONS),
      LEASE_TTL_MS: '1000',
      FEED: 'replay',
      FEED_SPEED: 'max',
      FEED_FROM: '2018-12-24',
      FEED_TO: '2018-12-24',
      FEED_ONCE: 'true',
      TEST_INSTRUMENTS: 'false',
      BAR_INTERVALS: '1m',
      DEFAULT_PLANS: `${SERIES}|1m|${EXPRESSION}`,
      ARCHIVE_FLUSH_MS: '20',
    };
  });
  afterAll(async () => {
    await Promise.all(running.map((one) => one.kill()));
    await postgres.close();
    await bus.close();
    await Promise.all([redis.stop(), objectStore.stop(), database.drop()]);
  });

  const start = async (service: string): Promise<SpawnedService> => {
    const spawned = await spawnService(service, { settings, member: `${service}-${running.length}` });
    running.push(spawned);
    return spawned;
  };
  const cursorN = async (service: string): Promise<number> =>
    sequenceOf((await bus.redis.hget(bus.keys.position(service, PARTITION), 'cursor')) ?? '0-0');
  const marketKey = (): string => bus.keys.topic('market', PARTITION);
  const lastN = async (): Promise<number> => sequenceOf((await stateOf(bus.redis, marketKey())).lastId);
  const isOver = async (): Promise<boolean> => {
    const body = (await bus.redis.hget(bus.keys.global('feed'), String(PARTITION))) ?? '';
    return body.includes('"ended"');
  };

  it(
    'reads from the archive what Redis no longer has, and every bar has its reading once',
    async () => {
      await start('archive');
      const indicator = await start('indicator');
      await start('ingest');
      await until(async () => (await cursorN('indicator')) > FAR_BEHIND, { what: 'the indicators are under way', withinMs: WITHIN_MS });
      await indicator.kill();
      const stoodAt = await cursorN('indicator');
      const archivedN = async (): Promise<number> => sequenceOf((await groupsOf(bus.redis, marketKey())).get('archive') ?? '0-0');
      await until(async () => (await archivedN()) > stoodAt + 2 * FAR_BEHIND, { what: 'the archive has what follows', withinMs: WITHIN_MS });
      // What the trim does once the reader is dropped; how it comes to that is the subject of other tests.
      await bus.redis.xtrim(marketKey(), 'MINID', `${stoodAt + FAR_BEHIND}-0`);
      await start('indicator');
      await until(isOver, { what: 'the feed ends', withinMs: WITHIN_MS });
      await until(async () => (await cursorN('indicator')) === (await lastN()), {
        what: 'it has caught up',
        withinMs: WITHIN_MS,
      });

      const bars = () => readBars(postgres, { instrument: SERIES, interval: '1m', limit: MOST_ROWS, order: 'oldest' });
      const query = { topic: 'indicators', instrument: SERIES, interval: '1m', expression: EXPRESSION, limit: MOST_ROWS, order: 'oldest' } as const;
      const isArchived = async (): Promise<boolean> => (await readSignals(postgres, query)).at(-1)?.tsMs === (await bars()).at(-1)?.startMs;
      await until(isArchived, { what: 'the last reading is archived', withinMs: WITHIN_MS });
      const stored = await readSignals(postgres, query);
      const all = await bars();
      const column = (name: 'open' | 'high' | 'low' | 'close' | 'volume'): Float64Array => Float64Array.from(all, (bar) => bar[name]);
      const columns = { open: column('open'), high: column('high'), low: column('low'), close: column('close'), volume: column('volume') };
      const { rsi = new Float64Array() } = computeBatch(EXPRESSION, columns);
      const expected = all.map(({ startMs }, row) => ({ tsMs: startMs, rsi: Number.isNaN(rsi[row]) ? null : rsi[row] })).slice(-stored.length);
      expect(stored.map(({ tsMs, values }) => ({ tsMs, rsi: values['rsi'] }))).toEqual(expected);
      const { rows } = await postgres.query<{ rows: number }>("SELECT count(*)::int AS rows FROM signals WHERE topic = 'indicators'");
      expect(rows[0]?.rows).toBe(stored.length);
      // The half day has 210 minutes, and earlier bars come before them.
      expect(stored.length).toBeGreaterThanOrEqual(210);
    },
    SLOW_MACHINE_MS,
  );
});
