import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bus, createBus, readStreams } from '@signal/bus';
import {
  decodeSignals,
  encodeSignals,
  encodeSlice,
  type EntryFields,
  greekColumns,
  inboxRecord,
  latestField,
  partitionOf,
  type Signal,
  type Slice,
  type Topic,
} from '@signal/contracts';
import { computeBatch } from '@signal/indicators';
import { createLogger, type Service, systemClock } from '@signal/kernel';
import { connectPostgres, type Postgres } from '@signal/store';
import {
  createTestContext,
  freePort,
  startRedis,
  testDatabase,
  type TestDatabase,
  testObjectStore,
  type TestObjectStore,
  type TestRedis,
  until,
} from '@signal/testing';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { settings } from './config.ts';
import { createGatewayService } from './service.ts';

const PARTITION = partitionOf('INDEX:SPX', 64);
const DAY_MS = 86_400_000;
const FIRST_MS = Date.parse('2018-10-01T13:30:00.000Z');
const closes = Array.from({ length: 60 }, (_, k) => 2900 - 3 * k + 40 * Math.sin(k));

let redis: TestRedis;
let database: TestDatabase;
let objects: TestObjectStore;
let bus: Bus;
let postgres: Postgres;
let service: Service;
let url: string;
let token: string;
let last = '0-0';

const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
const json = async (path: string): Promise<Record<string, unknown>> => (await (await get(path)).json()) as Record<string, unknown>;

/** Publishes as a processor's commit would: an entry with `prev`, and the newest values. */
const publish = async (topic: Topic, fields: EntryFields, latest: readonly (readonly [string, string | Buffer])[]): Promise<void> => {
  const id = `${Number(last.split('-')[0]) + 1}-0`;
  for (const [field, value] of latest) await bus.redis.hset(bus.keys.latest(topic, PARTITION), field, value);
  await bus.redis.xadd(bus.keys.topic(topic, PARTITION), id, ...Object.entries({ ...fields, prev: last }).flat());
  last = id;
};
const publishSignal = (topic: Topic, signal: Signal): Promise<void> =>
  publish(topic, encodeSignals([signal]), [[latestField(signal), JSON.stringify(signal)]]);

const reading = (seq: number, tsMs: number, rsi: number): Signal => ({
  instrument: 'INDEX:SPX',
  interval: '1m',
  expression: 'rsi(14)',
  seq,
  tsMs,
  final: true,
  data: { rsi },
});

const slice: Slice = {
  head: {
    underlying: 'INDEX:SPX',
    expiry: '2019-01-18',
    expiresMs: Date.parse('2019-01-18T21:00:00Z'),
    seq: 5,
    tsMs: Date.parse('2018-12-31T15:00:00Z'),
    spot: 2500,
    forward: 2505,
    forwardSource: 'parity',
    rate: 0.024,
    dividendYield: 0.019,
    atmStrike: 2500,
    atmIv: 0.21,
    model: 'black76',
    strikes: [2490, 2500],
    columns: [...greekColumns],
  },
  columns: new Map(
    greekColumns.map((name, index) => [
      name,
      name === 'status' ? Float64Array.of(0, 1, 0, 0) : Float64Array.of(index, Number.NaN, index + 0.5, index),
    ]),
  ),
};

const openBackends = async (): Promise<void> => {
  [redis, database, objects] = await Promise.all([startRedis(), testDatabase(), testObjectStore()]);
  bus = await createBus({
    redisUrl: redis.url,
    namespace: '',
    partitions: 64,
    member: 'test',
    leaseTtlMs: 300,
    log: createLogger({ service: 'test', member: 'test', level: 'silent' }),
    clock: systemClock,
  });
  postgres = connectPostgres({ url: database.url });
};

const store = async (): Promise<void> => {
  for (const [k, close] of closes.entries()) {
    const startMs = FIRST_MS + k * DAY_MS;
    const session = new Date(startMs).toISOString().slice(0, 10);
    await postgres.query(
      `INSERT INTO bars (instrument, interval, start_ms, rev, open, high, low, close, volume, source, session, final, seq, partition, n)
       VALUES ('INDEX:SPX', '1d', $1, 0, $2, $3, $4, $2, 100, 'recorded', $5, true, $6, 54, $6)`,
      [startMs, close, close + 5, close - 5, session, k + 1],
    );
  }
  await bus.redis.hset(
    bus.keys.latest('market', PARTITION),
    'instrument|INDEX:SPX',
    JSON.stringify({ instrument: 'INDEX:SPX', feed: 'replay', source: 'bridged' }),
    'quote|INDEX:SPX',
    JSON.stringify({
      instrument: 'INDEX:SPX',
      tsMs: FIRST_MS + 60 * DAY_MS,
      bid: null,
      ask: null,
      bidSize: null,
      askSize: null,
      last: 2500,
      lastSize: 1,
      source: 'bridged',
    }),
  );
};

beforeAll(async () => {
  await openBackends();
  await store();
  const { privateKey, publicKey } = await generateKeyPair('EdDSA');
  const port = await freePort();
  const texts = {
    REDIS_URL: redis.url,
    DATABASE_URL: database.url,
    S3_URL: objects.url,
    HTTP_PORT: String(port),
    INTERNAL_API_KEY: 'k'.repeat(20),
    JWT_JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'EdDSA' }] }),
  };
  token = await new SignJWT({ roles: ['admin'], entitlements: ['*'] })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setSubject('alice')
    .setIssuer('signal-service')
    .setAudience('signal-service')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  service = await createGatewayService(createTestContext({ service: 'gateway', settings, texts, clock: systemClock }));
  await service.start();
  url = `http://127.0.0.1:${port}`;
}, 60_000);

afterAll(async () => {
  await service?.stop();
  await bus?.close();
  await postgres?.close();
  await Promise.all([redis?.stop(), database?.drop(), objects?.stop()]);
});

describe('a gateway on real backends', () => {
  it('reads history in pages that join without a gap, bound to their query', async () => {
    const first = await get('/api/v2/historical/bars/INDEX:SPX?interval=1d&from=2018-10-01&limit=50');
    const { data, page } = (await first.json()) as { data: { ts: string; session: string; close: number }[]; page: { nextCursor: string } };
    const next = /<(.+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const rest = (await json(next)) as unknown as { data: typeof data; page: unknown };
    expect([data.length, data[0]?.session, data[0]?.close]).toEqual([50, '2018-10-01', 2900]);
    expect([...data, ...rest.data].map((row) => row.close)).toEqual(closes);
    expect(rest.page).toEqual({ nextCursor: null, hasMore: false });
    const stolen = await get(`/api/v2/historical/bars/INDEX:SPX?interval=1d&from=2018-10-02&limit=50&cursor=${page.nextCursor}`);
    expect([stolen.status, ((await stolen.json()) as { code: string }).code]).toEqual([400, 'cursor_invalid']);
  });

  it('folds historical readings from the first stored bar, whatever page is asked for', async () => {
    const column = Float64Array.from(closes);
    const columns = { open: column, high: column.map((x) => x + 5), low: column.map((x) => x - 5), close: column, volume: column.map(() => 100) };
    const { rsi } = computeBatch('rsi(14)', columns);
    const all = (await json('/api/v2/historical/indicators/INDEX:SPX?interval=1d&indicators=rsi(14),atr')) as unknown as {
      data: { values: Record<string, Record<string, number | null>> }[];
    };
    expect(all.data.map((row) => row.values['rsi(14)']?.['rsi'])).toEqual([...(rsi ?? [])].map((value) => (Number.isNaN(value) ? null : value)));
    const tail = (await json('/api/v2/historical/indicators/INDEX:SPX?interval=1d&indicators=rsi(14),atr&limit=3')) as unknown as typeof all;
    expect(tail.data).toEqual(all.data.slice(-3));
  });

  it('writes CSV with a column for each output, and empty cells for null', async () => {
    const response = await get('/api/v2/historical/indicators/INDEX:SPX?interval=1d&indicators=macd&from=2018-10-01&limit=1', { accept: 'text/csv' });
    expect(response.headers.get('content-type')).toMatch('text/csv');
    expect(await response.text()).toBe(
      'ts,session,final,"macd(12,26,9).macd","macd(12,26,9).macdsignal","macd(12,26,9).macdhist"\r\n2018-10-01T13:30:00.000Z,2018-10-01,true,,,\r\n',
    );
  });

  it('starts a reading that nobody had asked for, and answers when it arrives', async () => {
    const answer = json('/api/v2/realtime/indicators/INDEX:SPX?indicators=rsi');
    const inbox = bus.keys.topic('inbox', PARTITION);
    const entries = await until(async () => (await readStreams(bus.redis, { cursors: new Map([[inbox, '0-0']]), count: 10 })).get(inbox), {
      what: 'the plan is in the inbox',
    });
    const records = entries.map(({ fields }) =>
      inboxRecord.parse(JSON.parse(String([...fields.values()].find((value) => value.toString().startsWith('{'))))),
    );
    expect(records).toEqual([{ kind: 'plan-start', instrument: 'INDEX:SPX', interval: '1m', expression: 'rsi(14)' }]);
    await publishSignal('indicators', reading(1, FIRST_MS, 53.2));
    expect(await answer).toEqual({
      instrument: 'INDEX:SPX',
      interval: '1m',
      indicators: { 'rsi(14)': { requested: 'rsi', closed: { ts: '2018-10-01T13:30:00.000Z', data: { rsi: 53.2 } }, forming: null } },
    });
  });

  it('follows a topic over a socket, from the snapshot through the stream', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v2/websocket`, { headers: { authorization: `Bearer ${token}` } });
    const messages: Record<string, unknown>[] = [];
    socket.on('message', (data) => void messages.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>));
    await once(socket, 'open');
    socket.send(JSON.stringify({ op: 'subscribe', id: 1, topics: ['indicators:INDEX:SPX:1m:rsi'] }));
    await until(() => messages.length === 3, { what: 'auth, ack and snapshot' });
    await publishSignal('indicators', { ...reading(2, FIRST_MS + 60_000, 54), final: false });
    await publishSignal('indicators', reading(3, FIRST_MS + 60_000, 55));
    await until(() => messages.length === 5, { what: 'two updates' });
    expect(messages.slice(2)).toMatchObject([
      { type: 'snapshot', topic: 'indicators:INDEX:SPX:1m:rsi(14)', seq: 1, final: true },
      { type: 'update', seq: 2, prevSeq: 1, final: false, data: { rsi: 54 } },
      { type: 'update', seq: 3, prevSeq: 2, final: true, data: { rsi: 55 } },
    ]);
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  });

  it('reads an option from the newest slice: null and a status where there is no value', async () => {
    const fields = encodeSlice(slice);
    await publish('greeks', fields, [
      ['slice|INDEX:SPX|2019-01-18|head', fields['head'] ?? ''],
      ['slice|INDEX:SPX|2019-01-18|d', fields['d'] ?? ''],
    ]);
    expect(await json('/api/v2/realtime/greeks/INDEX:SPX-20190118-2490-C')).toMatchObject({
      status: 'ok',
      reason: null,
      expiresAt: '2019-01-18T21:00:00.000Z',
      bid: 0,
      ask: 1,
      iv: 6,
      theoretical: 8,
      greeks: { delta: 9, ultima: 24 },
      moneyness: { label: 'ITM1' },
    });
    expect(await json('/api/v2/realtime/greeks/INDEX:SPX-20190118-2490-P')).toMatchObject({
      status: 'no_quote',
      reason: 'no_quote',
      iv: null,
      greeks: { delta: null },
    });
    expect(await json('/api/v2/realtime/quotes/SPX190118C02490000')).toEqual({
      instrument: 'INDEX:SPX-20190118-2490-C',
      ts: '2018-12-31T15:00:00.000Z',
      bid: 0,
      ask: 1,
      bidSize: null,
      askSize: null,
      last: 2,
      lastSize: null,
      source: 'synthetic',
      stale: false,
    });
    expect(await json('/api/v2/realtime/quotes/INDEX:SPX-20190118-9000-C')).toMatchObject({ status: 404, code: 'instrument_unknown' });
    expect(await json('/api/v2/realtime/greeks/INDEX:SPX-20190118-9000-C')).toMatchObject({ status: 404, code: 'instrument_unknown' });
  });

  it('says which parts of the fleet live, with 503 while a service has no member', async () => {
    const response = await get('/health');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: 'fail',
      marketTimeMs: FIRST_MS + 60 * DAY_MS,
      dependencies: { redis: { status: 'pass' }, postgres: { status: 'pass' }, objectStore: { status: 'pass' }, config: { status: 'pass' } },
      services: { indicator: { status: 'fail', members: 0 }, gateway: { status: 'pass', members: 1 } },
    });
  });

  it('is a member itself, though it owns no partition', async () => {
    const { data } = (await json('/api/v2/admin/members')) as unknown as { data: Readonly<Record<string, unknown>>[] };
    expect(data).toMatchObject([{ service: 'gateway', pid: process.pid, partitions: 0, draining: false }]);
  });

  it('says that the feed has ended once each partition of it has', async () => {
    const feedStates = async (): Promise<readonly string[]> =>
      ((await json('/api/v2/market-status')) as unknown as { data: { feedState: string }[] }).data.map(({ feedState }) => feedState);
    const row = (state: 'live' | 'ended', feed = 'replay'): string => JSON.stringify({ feed, state, marketTimeMs: 1, instruments: [] });
    await bus.redis.hset(bus.keys.global('feed'), '54', row('live'), '3', row('ended'), '4', row('live', 'csv'));
    await until(async () => (await feedStates())[0] === 'live', { what: 'the feed is live' });
    await bus.redis.hset(bus.keys.global('feed'), '54', row('ended'));
    await until(async () => (await feedStates())[0] === 'ended', { what: 'the feed has ended' });
  });

  it('knows an instrument that has never ticked, with nulls for its prices', async () => {
    await bus.redis.hset(
      bus.keys.latest('market', partitionOf('TEST:SILENT', 64)),
      'instrument|TEST:SILENT',
      JSON.stringify({ instrument: 'TEST:SILENT', feed: 'replay', source: 'synthetic' }),
    );
    expect(await json('/api/v2/realtime/quotes/TEST:SILENT')).toEqual({
      instrument: 'TEST:SILENT',
      ts: null,
      bid: null,
      ask: null,
      bidSize: null,
      askSize: null,
      last: null,
      lastSize: null,
      source: 'synthetic',
      stale: true,
    });
  });

  it('reads back as bars what the topic carries', async () => {
    const bar: Signal = {
      instrument: 'INDEX:SPX',
      interval: '1d',
      seq: 1,
      tsMs: FIRST_MS,
      final: true,
      data: { open: 1, high: 2, low: 1, close: 2, volume: 3, source: 'recorded', session: '2018-10-01' },
    };
    await publishSignal('bars', bar);
    expect(decodeSignals(encodeSignals([bar]))).toEqual([bar]);
    expect(await json('/api/v2/realtime/bars/INDEX:SPX?interval=1d')).toEqual({
      instrument: 'INDEX:SPX',
      interval: '1d',
      forming: null,
      closed: {
        ts: '2018-10-01T13:30:00.000Z',
        session: '2018-10-01',
        open: 1,
        high: 2,
        low: 1,
        close: 2,
        volume: 3,
        final: true,
        source: 'recorded',
      },
    });
  });
});
