import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Bus, createBus } from '@signal/bus';
import { encodeMarketBody, encodeSignals } from '@signal/contracts';
import { createLogger, systemClock } from '@signal/kernel';
import { connectObjectStore, connectPostgres, decodeSegment, type Postgres } from '@signal/store';
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
import { setTimeout as wait } from 'node:timers/promises';

const PARTITION = 54;
const log = createLogger({ service: 'archive', member: 'test', level: 'silent' });

describe('archive killed', () => {
  let redis: TestRedis;
  let database: TestDatabase;
  let objectStore: TestObjectStore;
  let bus: Bus;
  let postgres: Postgres;
  let settings: Record<string, string>;
  let running: SpawnedService[] = [];

  beforeAll(async () => {
    [redis, objectStore] = await Promise.all([startRedis({ aof: true }), testObjectStore()]);
  });
  afterAll(async () => {
    await redis.stop();
    await objectStore.stop();
  });
  beforeEach(async () => {
    database = await testDatabase();
    const namespace = crypto.randomUUID().slice(0, 8);
    bus = await createBus({ redisUrl: redis.url, namespace, partitions: 16, member: 'writer', leaseTtlMs: 300, log, clock: systemClock });
    postgres = connectPostgres({ url: database.url });
    settings = { REDIS_URL: redis.url, SIGNAL_NAMESPACE: namespace, PARTITIONS: '16', DATABASE_URL: database.url, S3_URL: objectStore.url };
    Object.assign(settings, { LEASE_TTL_MS: '300', ARCHIVE_FLUSH_MS: '5', ARCHIVE_BATCH_ENTRIES: '20', ARCHIVE_SEGMENT_BYTES: '4096' });
  });
  afterEach(async () => {
    for (const one of running) await one.kill();
    running = [];
    await postgres.close();
    await bus.close();
    await database.drop();
  });

  const start = async (member: string): Promise<SpawnedService> => {
    const service = await spawnService('archive', { settings, member });
    running.push(service);
    return service;
  };
  const partition = PARTITION % 16;
  const write = async (n: number): Promise<void> => {
    const prev = n === 1 ? '0-0' : `${n - 1}-0`;
    const tMs = n * 60_000;
    const data = { open: n, high: n, low: n, close: n / 3, volume: 1, source: 'bridged' };
    const { head, d } = encodeMarketBody([{ kind: 'mark', feed: 'replay', tMs }]);
    const json = encodeSignals([{ instrument: 'INDEX:SPX', interval: '1m', seq: n, tsMs: tMs, final: true, data }]);
    await Promise.all([
      bus.redis.call('XADD', [bus.keys.topic('market', partition), `${n}-0`, 'prev', prev, 'head', head, 'd', d]),
      bus.redis.call('XADD', [bus.keys.topic('bars', partition), `${n}-0`, 'prev', prev, ...Object.entries(json).flat()]),
    ]);
  };
  const storedBars = async (): Promise<readonly number[]> =>
    (await postgres.query<{ seq: number }>('SELECT seq FROM bars ORDER BY seq')).rows.map(({ seq }) => seq);
  /** A breaker that opens twice keeps the archive waiting for twelve seconds. */
  const untilBars = (to: number): Promise<unknown> =>
    until(async () => (await storedBars()).length >= to, { what: `${to} bars are stored`, withinMs: 30_000 });
  const upTo = (to: number): readonly number[] => Array.from({ length: to }, (_, at) => at + 1);
  const storedLog = async (): Promise<readonly string[]> => {
    const objects = connectObjectStore({ url: objectStore.url });
    const keys = await postgres.query<{ key: string }>('SELECT object_key AS key FROM segments ORDER BY from_n');
    const chunks = await postgres.query<{ data: Buffer }>('SELECT data FROM segment_chunks ORDER BY from_n');
    const parts = [...(await Promise.all(keys.rows.map(({ key }) => objects.get(key)))), ...chunks.rows.map((row) => row.data)];
    objects.close();
    return (await Promise.all(parts.map(decodeSegment))).flat().map(({ id }) => id);
  };

  it('between COPY and COMMIT leaves nothing, and the next stores it once', async () => {
    const first = await start('archive-1');
    for (let n = 1; n <= 5; n += 1) await write(n);
    await untilBars(5);
    await postgres.transaction(async (client) => {
      // SELECT passes this lock and INSERT does not: the archive stands with its rows copied and the commit ahead.
      await client.query('LOCK TABLE segment_chunks IN EXCLUSIVE MODE');
      for (let n = 6; n <= 9; n += 1) await write(n);
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INTO segment_chunks%'`;
      await until(async () => (await postgres.query(waiting)).rowCount === 1, { what: 'the archive waits between COPY and COMMIT' });
      await first.kill();
    });
    await start('archive-2');
    await untilBars(9);
    await until(async () => (await storedLog()).length === 9, { what: 'the log is stored' });
    expect(await storedBars()).toEqual(upTo(9));
    expect(await storedLog()).toEqual(upTo(9).map((n) => `${n}-0`));
  });

  it('again and again while entries come stores each row and each entry once', async () => {
    const seed = Number(process.env['SEED'] ?? 20_261_122);
    let random = seed;
    const nextMs = (most: number): number => (random = (random * 1_103_515_245 + 12_345) % 2_147_483_648) % most;
    const total = 1500;
    const writing = (async () => {
      for (let n = 1; n <= total; n += 1) {
        await write(n);
        if (n % 5 === 0) await wait(4);
      }
    })();
    let victim = await start('archive-1');
    for (let kills = 0; kills < 3; kills += 1) {
      // Not a wait for a condition: the moment of the kill is what is random.
      await wait(nextMs(300));
      const other = await start(`archive-${kills + 2}`);
      await victim.kill();
      victim = other;
    }
    await writing;
    await untilBars(total);
    await until(async () => (await storedLog()).length >= total, { what: 'the log is stored' });
    expect({ seed, bars: await storedBars() }).toEqual({ seed, bars: upTo(total) });
    expect({ seed, log: await storedLog() }).toEqual({ seed, log: upTo(total).map((n) => `${n}-0`) });
    expect((await postgres.query('SELECT * FROM gaps')).rows).toEqual([]);
  });

  it('stores each row once while every connection to Postgres is cut again and again', async () => {
    await start('archive-1');
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    for (let n = 1; n <= 400; n += 1) {
      await write(n);
      if (n % 40 === 0) await postgres.query(cut);
    }
    await untilBars(400);
    await until(async () => (await storedLog()).length >= 400, { what: 'the log is stored' });
    expect(await storedBars()).toEqual(upTo(400));
    expect(await storedLog()).toEqual(upTo(400).map((n) => `${n}-0`));
  }, 60_000);

  it('waits for an object store that is away, and goes on when it is back', async () => {
    const service = await start('archive-1');
    await objectStore.stop();
    for (let n = 1; n <= 150; n += 1) await write(n);
    await until(() => service.output().includes('could not be archived'), { what: 'the archive says that it cannot go on' });
    expect((await postgres.query('SELECT * FROM segments')).rows).toEqual([]);
    await objectStore.restart();
    await until(async () => (await storedLog()).length >= 150, { what: 'the log is stored', withinMs: 20_000 });
    expect(await storedLog()).toEqual(upTo(150).map((n) => `${n}-0`));
    expect(await storedBars()).toEqual(upTo(150));
  });

  it('waits for a Postgres whose disk is full, and stores each row once when there is room', async () => {
    const service = await start('archive-1');
    for (let n = 1; n <= 10; n += 1) await write(n);
    await untilBars(10);
    // The very error of a table that cannot be extended.
    await postgres.query(`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`);
    await postgres.query('CREATE TRIGGER no_room BEFORE INSERT ON bars FOR EACH ROW EXECUTE FUNCTION no_room()');
    for (let n = 11; n <= 60; n += 1) await write(n);
    await until(() => service.output().includes('No space left on device'), { what: 'the archive says that it cannot go on' });
    expect(await storedBars()).toEqual(upTo(10));
    expect((await fetch(`${service.url}/livez`)).status).toBe(200);
    await until(async () => (await fetch(`${service.url}/readyz`)).status === 503, { what: 'the archive is unhealthy', withinMs: 20_000 });
    await postgres.query('DROP TRIGGER no_room ON bars');
    await untilBars(60);
    await until(async () => (await storedLog()).length >= 60, { what: 'the log is stored' });
    expect(await storedBars()).toEqual(upTo(60));
    expect(await storedLog()).toEqual(upTo(60).map((n) => `${n}-0`));
    await until(async () => (await fetch(`${service.url}/readyz`)).status === 200, { what: 'the archive is well again' });
  }, 60_000);

  it('stores each row once over a kill and restart of Redis', async () => {
    await start('archive-1');
    for (let n = 1; n <= 100; n += 1) await write(n);
    await redis.kill();
    await redis.restart();
    await until(
      () =>
        bus.redis.ping().then(
          () => true,
          () => false,
        ),
      { what: 'Redis answers again' },
    );
    for (let n = 101; n <= 200; n += 1) await write(n);
    await untilBars(200);
    await until(async () => (await storedLog()).length >= 200, { what: 'the log is stored' });
    expect(await storedBars()).toEqual(upTo(200));
    expect(await storedLog()).toEqual(upTo(200).map((n) => `${n}-0`));
  });
});
