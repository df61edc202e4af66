import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Bus, createBus, type Lease, rangeOf } from '@signal/bus';
import { encodeMarketBody, encodeSignals, type MarketRecord, type Signal, slotOf, type Topic } from '@signal/contracts';
import { createLogger, createMetrics, type Service, type ServiceContext, systemClock } from '@signal/kernel';
import { connectObjectStore, connectPostgres, decodeSegment, type ObjectStore, type Postgres, readBars, readSignals } from '@signal/store';
import {
  createTestContext,
  startRedis,
  type TestDatabase,
  testDatabase,
  type TestObjectStore,
  testObjectStore,
  type TestRedis,
  until,
} from '@signal/testing';
import { createHash } from 'node:crypto';
import { settings } from './config.ts';
import { createArchiveMetrics } from './metrics/archive-metrics.ts';
import type { ArchiveDeps } from './partitions/archive-deps.ts';
import { claimPositions } from './positions/claim-positions.ts';
import { storeBatch } from './partitions/store-batch.ts';
import { createArchiveService } from './service.ts';

const PARTITION = 54;
const HOUR_MS = 3_600_000;
const log = createLogger({ service: 'archive', member: 'test', level: 'silent' });

describe('archive', () => {
  let redis: TestRedis;
  let database: TestDatabase;
  let objectStore: TestObjectStore;
  let bus: Bus;
  let postgres: Postgres;
  let objects: ObjectStore;
  let service: Service | undefined;
  let context: ServiceContext<typeof settings> | undefined;
  let texts: Record<string, string>;

  beforeAll(async () => {
    [redis, objectStore] = await Promise.all([startRedis(), testObjectStore()]);
  });
  afterAll(async () => {
    await redis.stop();
    await objectStore.stop();
  });
  beforeEach(async () => {
    database = await testDatabase();
    const namespace = crypto.randomUUID().slice(0, 8);
    bus = await createBus({ redisUrl: redis.url, namespace, partitions: 64, member: 'writer', leaseTtlMs: 300, log, clock: systemClock });
    postgres = connectPostgres({ url: database.url });
    objects = connectObjectStore({ url: objectStore.url });
    await objects.ensureBucket();
    texts = {
      ...{ REDIS_URL: redis.url, SIGNAL_NAMESPACE: namespace, DATABASE_URL: database.url, S3_URL: objectStore.url },
      ...{ LEASE_TTL_MS: '300', ARCHIVE_FLUSH_MS: '10', ARCHIVE_BATCH_ENTRIES: '7' },
    };
  });
  afterEach(async () => {
    await stopArchive();
    objects.close();
    await postgres.close();
    await bus.close();
    await database.drop();
  });

  const startArchive = async (more: Readonly<Record<string, string>> = {}): Promise<void> => {
    context = createTestContext({ service: 'archive', settings, texts: { ...texts, ...more }, clock: systemClock });
    service = await createArchiveService(context);
    await service.start();
  };
  const stopArchive = async (): Promise<void> => {
    await service?.stop();
    service = undefined;
  };
  const add = async (
    topic: Topic,
    n: number,
    { prev = n === 1 ? '0-0' : `${n - 1}-0`, ...fields }: Readonly<Record<string, string | Buffer>>,
  ): Promise<void> => {
    await bus.redis.call('XADD', [bus.keys.topic(topic, PARTITION), `${n}-0`, 'prev', prev, ...Object.entries(fields).flat()]);
  };
  const addMarket = (n: number, records: readonly MarketRecord[]): Promise<void> => {
    const { head, d } = encodeMarketBody(records);
    return add('market', n, { v: '2', n: String(records.length), w: '0', head, d });
  };
  const tick = (n: number, tMs: number, price = n): readonly MarketRecord[] => [
    { kind: 'mark', feed: 'replay', tMs },
    { kind: 'trade', instrument: 'INDEX:SPX', tMs, price, size: 1, source: 'bridged' },
  ];
  const bar = (n: number, more: Partial<Signal> = {}, close = n / 3): Signal => ({
    ...{ instrument: 'INDEX:SPX', interval: '1m', seq: n, tsMs: n * 60_000, final: true },
    data: { open: n, high: n, low: n, close, volume: 5, source: 'bridged' },
    ...more,
  });
  const reading = (n: number): Signal => ({
    instrument: 'INDEX:SPX',
    interval: '1m',
    expression: 'rsi(14)',
    seq: n,
    tsMs: n * 60_000,
    final: true,
    data: { rsi: n / 7 },
  });
  const count = async (table: string): Promise<number> =>
    Number((await postgres.query(`SELECT count(*)::int AS count FROM ${table}`)).rows[0]?.['count']);
  const untilCount = (table: string, wanted: number): Promise<unknown> =>
    until(async () => (await count(table)) === wanted, { what: `${wanted} rows of ${table}` });
  const storedN = async (topic: Topic): Promise<string> =>
    String((await postgres.query('SELECT position FROM positions WHERE topic = $1 AND partition = $2', [topic, PARTITION])).rows[0]?.['position']);
  const untilStored = (topic: Topic, n: number): Promise<unknown> =>
    until(async () => (await storedN(topic)) === `${n}-0`, { what: `${topic} stored up to ${n}` });
  const series = { instrument: 'INDEX:SPX', interval: '1m' };

  it('stores each final signal once, bit for bit, and no forming one', async () => {
    for (let n = 1; n <= 40; n += 1) {
      await add('bars', n, encodeSignals([bar(n), bar(n, { final: false }, 1)]));
      await add('indicators', n, encodeSignals([reading(n)]));
    }
    await startArchive();
    await untilCount('signals', 40);
    await untilCount('bars', 40);
    const bars = await readBars(postgres, { ...series, limit: 100, order: 'newest' });
    expect(bars.map(({ startMs, close, source, seq }) => [startMs, close, source, seq])).toEqual(
      Array.from({ length: 40 }, (_, at) => [(at + 1) * 60_000, (at + 1) / 3, 'bridged', at + 1]),
    );
    const readings = await readSignals(postgres, { ...series, topic: 'indicators', expression: 'rsi(14)', limit: 100, order: 'newest' });
    expect(readings.map(({ values }) => values['rsi'])).toEqual(Array.from({ length: 40 }, (_, at) => (at + 1) / 7));
  });

  it('keeps a corrected bar beside the first and reads the greater revision', async () => {
    await add('bars', 1, encodeSignals([bar(1)]));
    await add('bars', 2, encodeSignals([bar(1, { rev: 1, seq: 2 }, 9)]));
    await startArchive();
    await untilCount('bars', 2);
    const bars = await readBars(postgres, { ...series, limit: 10, order: 'oldest' });
    expect(bars.map(({ rev, close }) => [rev, close])).toEqual([[1, 9]]);
  });

  it('rejects the one record that cannot be stored and keeps its neighbours', async () => {
    const unstorable = [{ ...reading(3), data: { text: 'a\u0000b' } }, { instrument: 'INDEX:SPX' } as unknown as Signal];
    await add('indicators', 1, encodeSignals([reading(1), reading(2), ...unstorable, reading(4)]));
    await add('indicators', 2, { v: '2', n: '1', json: '{' });
    await add('indicators', 3, encodeSignals([reading(5)]));
    await startArchive();
    await untilCount('signals', 4);
    const rejected = await postgres.query('SELECT entry_id, index FROM rejected_records ORDER BY entry_id, index');
    expect(rejected.rows).toEqual([
      { entry_id: '1-0', index: 2 },
      { entry_id: '1-0', index: 3 },
      { entry_id: '2-0', index: 0 },
    ]);
  });

  it('stores the log in segments of an event hour that decode bit for bit', async () => {
    for (let n = 1; n <= 30; n += 1) await addMarket(n, tick(n, Math.floor((n - 1) / 10) * HOUR_MS + n * 1000));
    await startArchive();
    await untilStored('market', 30);
    const segments = await postgres.query('SELECT hour_ms, from_n, to_n, entries, object_key, sha256 FROM segments ORDER BY from_n');
    expect(segments.rows.map((row) => [row['hour_ms'], row['from_n'], row['to_n'], row['entries']])).toEqual([
      [0, 1, 10, 10],
      [HOUR_MS, 11, 20, 10],
    ]);
    const fromObjects = await Promise.all(segments.rows.map((row) => objects.get(String(row['object_key']))));
    expect(fromObjects.map((bytes) => createHash('sha256').update(bytes).digest('hex'))).toEqual(segments.rows.map((row) => row['sha256']));
    const chunks = await postgres.query<{ data: Buffer }>('SELECT data FROM segment_chunks ORDER BY from_n');
    const stored = (await Promise.all([...fromObjects, ...chunks.rows.map((row) => row.data)].map(decodeSegment))).flat();
    const log_ = (await bus.redis.callBuffer('xrange', [bus.keys.topic('market', PARTITION), '-', '+'])) as readonly (readonly [
      Buffer,
      readonly Buffer[],
    ])[];
    expect(
      stored.map(({ id, fields }) => [
        id,
        [...fields].flatMap(([name, value]) => [Buffer.from(name).toString('hex'), Buffer.from(value).toString('hex')]),
      ]),
    ).toEqual(log_.map(([id, flat]) => [String(id), flat.map((part) => part.toString('hex'))]));
  });

  it('closes a segment within its hour when it grows too large', async () => {
    for (let n = 1; n <= 30; n += 1) await addMarket(n, [...tick(n, 1000 * n)]);
    await startArchive({ ARCHIVE_SEGMENT_BYTES: '1024' });
    await untilStored('market', 30);
    const ranges = await postgres.query(
      'SELECT from_n, to_n FROM segments UNION ALL SELECT min(from_n), max(to_n) FROM segment_chunks ORDER BY from_n',
    );
    expect(ranges.rows.length).toBeGreaterThan(3);
    expect(ranges.rows.slice(1).map((row) => row['from_n'])).toEqual(ranges.rows.slice(0, -1).map((row) => Number(row['to_n']) + 1));
  });

  it('shows its positions in Redis, exact, and holds the trim there', async () => {
    for (let n = 1; n <= 20; n += 1) {
      await addMarket(n, tick(n, n * 1000));
      if (n % 4 === 0) await add('bars', n, { ...encodeSignals([bar(n)]), prev: n === 4 ? '0-0' : `${n - 4}-0` });
    }
    await startArchive();
    await until(async () => (await bus.redis.hget(bus.keys.needed(PARTITION), 'archive')) === '20', { what: 'nothing before 20 is needed' });
    const groupOf = async (topic: Topic): Promise<unknown> => {
      const [group] = (await bus.redis.call('XINFO', ['GROUPS', bus.keys.topic(topic, PARTITION)])) as readonly (readonly unknown[])[];
      return group?.filter((_, at) => at % 2 === 1);
    };
    // name, consumers, pending, last-delivered-id, entries-read, lag
    expect(await groupOf('market')).toEqual(['archive', 0, 0, '20-0', 20, 0]);
    expect(await groupOf('bars')).toEqual(['archive', 0, 0, '20-0', 5, 0]);
  });

  it('does not let topics be trimmed beyond what a slower service may still write', async () => {
    for (let n = 1; n <= 20; n += 1) await addMarket(n, tick(n, n * 1000));
    await bus.redis.hset(bus.keys.position('indicator', PARTITION), 'cursor', '12-0');
    await startArchive();
    await untilStored('market', 20);
    await until(async () => (await bus.redis.hget(bus.keys.needed(PARTITION), 'archive')) === '12', { what: '12 is still needed' });
    await bus.redis.hset(bus.keys.position('indicator', PARTITION), 'cursor', '20-0');
    await until(async () => (await bus.redis.hget(bus.keys.needed(PARTITION), 'archive')) === '20', { what: 'nothing before 20 is needed' });
  });

  it('goes on where it stood after a restart', async () => {
    for (let n = 1; n <= 10; n += 1) await add('bars', n, encodeSignals([bar(n)]));
    await startArchive();
    await untilCount('bars', 10);
    await stopArchive();
    for (let n = 11; n <= 20; n += 1) await add('bars', n, encodeSignals([bar(n)]));
    await startArchive();
    await untilCount('bars', 20);
    expect(await count('gaps')).toBe(0);
  });

  it('stores what was written until its stop before it leaves', async () => {
    await startArchive({ ARCHIVE_FLUSH_MS: '60000' });
    await until(async () => (await count('positions')) === 4 * 64, { what: 'all partitions are taken up' });
    await add('bars', 1, encodeSignals([bar(1)]));
    await stopArchive();
    expect(await count('bars')).toBe(1);
  });

  it('records entries that were trimmed unread, says so and goes on', async () => {
    for (let n = 1; n <= 5; n += 1) await add('bars', n, encodeSignals([bar(n)]));
    await bus.redis.xdel(bus.keys.topic('bars', PARTITION), '1-0', '2-0');
    await startArchive();
    await untilCount('bars', 3);
    const gaps = await postgres.query('SELECT topic, partition, after_id, next_id, reason FROM gaps');
    expect(gaps.rows).toEqual([{ topic: 'bars', partition: PARTITION, after_id: '0-0', next_id: '3-0', reason: 'missing' }]);
  });

  const writeLog = async (to: number): Promise<void> => {
    for (let n = 1; n <= to; n += 1) {
      await addMarket(n, tick(n, Math.floor((n - 1) / 4) * HOUR_MS));
      await add('bars', n, encodeSignals([bar(n)]));
    }
  };
  const storedMarket = async (): Promise<readonly string[]> => {
    const keys = await postgres.query<{ key: string }>('SELECT object_key AS key FROM segments ORDER BY from_n');
    const chunks = await postgres.query<{ data: Buffer }>('SELECT data FROM segment_chunks ORDER BY from_n');
    const parts = [...(await Promise.all(keys.rows.map(({ key }) => objects.get(key)))), ...chunks.rows.map((row) => row.data)];
    return (await Promise.all(parts.map(decodeSegment)))
      .flat()
      .map(({ id, fields }) => `${id} ${Buffer.from(fields.get('d') ?? []).toString('hex')}`);
  };
  const logMarket = async (): Promise<readonly string[]> => {
    const entries = (await bus.redis.callBuffer('xrange', [bus.keys.topic('market', PARTITION), '-', '+'])) as readonly (readonly [
      Buffer,
      readonly Buffer[],
    ])[];
    return entries.map(([id, flat]) => `${String(id)} ${flat.at(-1)?.toString('hex') ?? ''}`);
  };

  it('takes back what a new generation of the log lost, and stores what came instead', async () => {
    await writeLog(10);
    await startArchive();
    await untilCount('bars', 10);
    await untilStored('market', 10);
    await stopArchive();
    await bus.redis.del(bus.keys.topic('market', PARTITION), bus.keys.topic('bars', PARTITION));
    await writeLog(6);
    await bus.redis.incr(bus.keys.generation(slotOf(PARTITION)));
    await addMarket(7, [{ kind: 'gap', generation: 1, lostAfter: 6 }]);
    for (let n = 8; n <= 12; n += 1) {
      await addMarket(n, tick(n, 3 * HOUR_MS, 1000 + n));
      await add('bars', n - 1, encodeSignals([bar(n - 1, {}, 1000 + n)]));
    }
    await startArchive();
    await untilStored('bars', 11);
    await untilStored('market', 12);
    const bars = await readBars(postgres, { ...series, limit: 100, order: 'oldest' });
    expect(bars.map(({ close }) => close)).toEqual([...[1, 2, 3, 4, 5, 6].map((n) => n / 3), 1008, 1009, 1010, 1011, 1012]);
    expect(await storedMarket()).toEqual(await logMarket());
    const gaps = await postgres.query('SELECT topic, reason FROM gaps ORDER BY topic');
    expect(gaps.rows).toEqual([
      { topic: 'bars', reason: 'rollback' },
      { topic: 'market', reason: 'rollback' },
    ]);
  });

  it('finds its rollback also when another partition of the slot has begun a later generation since', async () => {
    await writeLog(10);
    await startArchive();
    await untilStored('market', 10);
    await stopArchive();
    await bus.redis.del(bus.keys.topic('market', PARTITION), bus.keys.topic('bars', PARTITION));
    await writeLog(6);
    await bus.redis.set(bus.keys.generation(slotOf(PARTITION)), 2);
    await addMarket(7, [{ kind: 'gap', generation: 1, lostAfter: 6 }]);
    for (let n = 8; n <= 12; n += 1) await addMarket(n, tick(n, 3 * HOUR_MS, 1000 + n));
    await startArchive();
    await untilStored('market', 12);
    expect(await storedMarket()).toEqual(await logMarket());
  });

  it('takes a log that ends before its position for a rollback and not for silence', async () => {
    await writeLog(10);
    await startArchive();
    await untilStored('market', 10);
    await stopArchive();
    await bus.redis.del(bus.keys.topic('market', PARTITION), bus.keys.topic('bars', PARTITION));
    await writeLog(8);
    await startArchive();
    await until(async () => (await count('gaps')) === 2, { what: 'the rollback is recorded' });
    expect(await count('bars')).toBe(8);
    await addMarket(9, tick(9, 5 * HOUR_MS, 7));
    await untilStored('market', 9);
    expect(await storedMarket()).toEqual(await logMarket());
  });

  /** Rolls the log back to an entry and writes it anew, in one call: nobody ever sees it end before where it was. */
  const writeAnew = async (after: number, to: number): Promise<void> => {
    const calls = bus.redis.multi();
    for (const topic of ['market', 'bars'] as const) {
      const key = bus.keys.topic(topic, PARTITION);
      const kept = (await rangeOf(bus.redis, key, { from: '-', to: `${after}-0`, count: 1_000 })).map(({ id, fields }) => [
        id,
        ...[...fields].flat(),
      ]);
      calls.del(key);
      for (const entry of kept) calls.xadd(key, ...(entry as [string, string]));
    }
    for (let n = after + 1; n <= to; n += 1) {
      const { head, d } = encodeMarketBody(tick(n, 3 * HOUR_MS, 1000 + n));
      const { json } = encodeSignals([bar(n, {}, 1000 + n)]);
      calls.xadd(bus.keys.topic('market', PARTITION), `${n}-0`, 'prev', `${n - 1}-0`, 'v', '2', 'n', 2, 'w', 0, 'head', head, 'd', d);
      calls.xadd(bus.keys.topic('bars', PARTITION), `${n}-0`, 'prev', `${n - 1}-0`, 'v', '2', 'n', 1, 'json', json ?? '');
    }
    await calls.exec();
  };

  it.each([
    { what: 'when it takes the partition up', isRunning: false },
    { what: 'while it runs, after its connection was lost', isRunning: true },
  ])('finds a log that was written anew past its position, tells it, and stores what stands there: $what', async ({ isRunning }) => {
    await writeLog(10);
    await startArchive();
    await untilStored('market', 10);
    await untilStored('bars', 10);
    if (!isRunning) await stopArchive();
    await writeAnew(6, isRunning ? 10 : 14);
    if (isRunning) await redis.cutConnections();
    else await startArchive();
    await until(async () => (await count('gaps').catch(() => 0)) === 2, { what: 'the loss is recorded', withinMs: 20_000 });
    await untilStored('market', isRunning ? 10 : 14);
    await untilStored('bars', isRunning ? 10 : 14);
    const bars = await readBars(postgres, { ...series, limit: 100, order: 'oldest' });
    expect(bars.slice(0, 8).map(({ close }) => close)).toEqual([...[1, 2, 3, 4, 5, 6].map((n) => n / 3), 1007, 1008]);
    expect(await storedMarket()).toEqual(await logMarket());
    expect(await bus.redis.get(bus.keys.generation(slotOf(PARTITION)))).toBe('1');
  });

  it('stores a day of loaded bars in transactions of a bounded size, each bar once', async () => {
    const perEntry = 2000;
    for (let n = 1; n <= 12; n += 1) {
      await add('bars', n, encodeSignals(Array.from({ length: perEntry }, (_, at) => bar((n - 1) * perEntry + at + 1))));
    }
    await startArchive();
    await untilCount('bars', 12 * perEntry);
    await untilStored('bars', 12);
  });

  it('shows how far it is behind', async () => {
    for (let n = 1; n <= 5; n += 1) await addMarket(n, tick(n, n * 1000));
    await startArchive();
    await untilStored('market', 5);
    const text = async (): Promise<string> => (await context?.metrics.registry.metrics()) ?? '';
    await until(async () => (await text()).includes('signal_stream_lag_entries{service="archive",topic="market"} 0'), {
      what: 'a lag of 0 is shown',
    });
    await add('bars', 1, encodeSignals([bar(1)]));
    await until(async () => (await text()).includes('signal_archive_rows_total{table="bars"} 1'), { what: 'a row is counted' });
  });

  it('writes nothing while Postgres remembers a later owner, and goes on once its epochs have passed that one', async () => {
    await postgres.query(`INSERT INTO positions (topic, partition, epoch) VALUES ('bars', $1, 3)`, [PARTITION]);
    await add('bars', 1, encodeSignals([bar(1)]));
    await startArchive();
    await untilCount('bars', 1);
    const { rows } = await postgres.query('SELECT epoch FROM positions WHERE topic = $1 AND partition = $2', ['bars', PARTITION]);
    expect(Number(rows[0]?.['epoch'])).toBeGreaterThanOrEqual(3);
  });

  it('lets the owner with the lower epoch write nothing', async () => {
    const lease = (epoch: number): Lease => ({
      service: 'archive',
      partition: PARTITION,
      member: 'm',
      epoch,
      nonce: String(epoch),
      clean: true,
      valid: () => true,
    });
    const deps: ArchiveDeps = {
      bus,
      postgres,
      objects,
      log,
      metrics: createArchiveMetrics(createMetrics({ service: 'archive', member: 'm' })),
      segmentBytes: 1024,
    };
    const entry = {
      id: '1-0',
      fields: new Map([
        ['prev', Buffer.from('0-0')],
        ['json', Buffer.from(JSON.stringify([bar(1)]))],
      ]),
    };
    const batch = new Map([['bars' as const, [entry]]]);
    const older = await claimPositions(postgres, lease(1), 0);
    const newer = await claimPositions(postgres, lease(2), 0);
    await expect(storeBatch(deps, older, batch)).rejects.toMatchObject({ code: 'fenced' });
    await expect(claimPositions(postgres, lease(1), 0)).rejects.toMatchObject({ code: 'fenced' });
    expect(await count('bars')).toBe(0);
    const stored = await storeBatch(deps, newer, batch);
    expect(stored.cursors.bars).toEqual({ position: '1-0', entries: 1 });
    await expect(storeBatch(deps, newer, batch)).rejects.toMatchObject({ code: 'fenced' });
    expect(await count('bars')).toBe(1);
  });
});
