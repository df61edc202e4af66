import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { appendInbox, type Bus, createBus, createLetterDesk, type DeadLetter, encodeDeadLetter, readStreams } from '@signal/bus';
import { type DeadLetterBody, decodeMarketBody, deadLetterList, partitionOf, recordsOf } from '@signal/contracts';
import { createLogger, systemClock } from '@signal/kernel';
import { spawnService, type SpawnedService, startRedis, type TestRedis, testObjectStore, type TestObjectStore, until } from '@signal/testing';
import { auditedLetters } from '../data/letters.ts';
import { type MemoryGateway, startMemoryGateway } from '../testing/memory-gateway.ts';

const PATH = '/api/v2/admin/dead-letters';
const MINUTE_MS = Date.parse('2018-12-31T15:00Z');
const trade = { kind: 'trade', instrument: 'TEST:X', tMs: MINUTE_MS, price: 10, size: 1, source: 'live' } as const;
const PARTITION = partitionOf('TEST:X', 64);

let redis: TestRedis;
let objects: TestObjectStore;
let bus: Bus;
let gateway: MemoryGateway;
let opened = 0;
const lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  [redis, objects] = await Promise.all([startRedis(), testObjectStore()]);
});
beforeEach(async () => {
  opened += 1;
  lines.length = 0;
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const log = createLogger({ service: 'gateway', member: 'gateway-1', level: 'info', destination });
  bus = await createBus({
    redisUrl: redis.url,
    namespace: `l${opened}`,
    partitions: 64,
    member: 'gateway-1',
    leaseTtlMs: 300,
    log,
    clock: systemClock,
  });
  gateway = await startMemoryGateway({ letters: auditedLetters(createLetterDesk(bus), log) });
});
afterEach(async () => {
  await gateway.stop();
  await bus.close();
});
afterAll(async () => {
  await redis.stop();
  await objects.stop();
});

const call = async (method: string, path: string, as: Readonly<{ sub?: string; role?: string }> = {}) => {
  const token = await gateway.token({ sub: as.sub ?? 'olga', roles: [as.role ?? 'operator'] });
  const response = await gateway.get(`${PATH}${path}`, { method, as: token });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Record<string, unknown> & DeadLetterBody };
};
const list = async (query = '') => deadLetterList.parse((await call('GET', query)).body);
const write = async (service: string, change: Partial<DeadLetter> = {}, partition = PARTITION): Promise<string> => {
  const letter: DeadLetter = { topic: 'market', entryId: '7-0', index: 3, code: 'late', error: 'too late', attempts: 1, record: trade, ...change };
  const fields = encodeDeadLetter(letter, bus.keys.topic(letter.topic, partition));
  await bus.redis.xadd(bus.keys.dead(service, partition), '*', ...Object.entries(fields).flat());
  return (await list('?limit=1')).data[0]?.id ?? '';
};

describe('dead letters over HTTP', () => {
  it('are listed as the contract says, newest first, by pages bound to the query and the user', async () => {
    for (const service of ['ingest', 'greeks', 'indicator', 'greeks', 'indicator']) await write(service);
    const first = await list('?limit=3');
    expect(first.data.map(({ service }) => service)).toEqual(['indicator', 'greeks', 'indicator']);
    expect(first.data[0]).toMatchObject({
      topic: bus.keys.topic('market', PARTITION),
      entryId: '7-0',
      index: 3,
      code: 'late',
      error: 'too late',
      attempts: 1,
      record: trade,
      replayed: null,
    });
    const cursor = first.page.nextCursor ?? '';
    expect((await list(`?limit=3&cursor=${cursor}`)).data.map(({ service }) => service)).toEqual(['greeks', 'ingest']);
    expect((await call('GET', `?limit=2&cursor=${cursor}`)).body.code).toBe('cursor_invalid');
    expect((await call('GET', `?limit=3&cursor=${cursor}`, { sub: 'other' })).body.code).toBe('cursor_invalid');
  });

  it('are filtered by service, topic and code', async () => {
    await write('ingest', { topic: 'inbox', code: 'schema' });
    await write('ingest', { code: 'price' });
    await write('greeks', { code: 'schema' });
    const found = async (query: string) => (await list(query)).data.map(({ service, code }) => `${service} ${code}`);
    expect(await found('?service=ingest')).toEqual(['ingest price', 'ingest schema']);
    expect(await found('?topic=inbox')).toEqual(['ingest schema']);
    expect(await found(`?topic=${encodeURIComponent(bus.keys.topic('market', PARTITION))}`)).toEqual(['greeks schema', 'ingest price']);
    expect(await found('?code=schema&topic=market')).toEqual(['greeks schema']);
    expect((await call('GET', '?service=gateway')).body.code).toBe('query_invalid');
  });

  it('are replayed once, with a line in the log for each try', async () => {
    gateway.setFeed('push');
    const id = await write('ingest');
    const first = await call('POST', `/${id}/replay`);
    expect([first.status, first.body.replayed]).toEqual([202, { by: 'olga', ts: expect.any(String), inboxId: expect.stringMatching(/^\d+-\d+$/) }]);
    expect(await call('POST', `/${id}/replay`)).toMatchObject({ status: 409, body: { code: 'letter_replayed' } });
    expect(await bus.redis.xlen(bus.keys.topic('inbox', PARTITION))).toBe(1);
    expect((await call('GET', `/${id}`)).body).toMatchObject({ id, replayed: first.body.replayed });
    expect(lines.filter(({ audit }) => audit)).toMatchObject([
      { service: 'gateway', actor: 'olga', action: 'dead-letter.replay', target: id, outcome: expect.stringContaining('appended') },
      { actor: 'olga', action: 'dead-letter.replay', target: id, outcome: 'letter_replayed' },
    ]);
  });

  it('whose record no inbox takes are refused with the reason: 409 or 422', async () => {
    const refusals = [
      { service: 'indicator', status: 409, code: 'letter_in_log' },
      { service: 'ingest', status: 409, code: 'feed_not_push' },
      { service: 'ingest', change: { record: { kind: 'trade', price: 'x' } }, status: 422, code: 'letter_not_replayable', feed: 'push' },
    ];
    for (const { service, change, status, code, feed = 'replay' } of refusals) {
      gateway.setFeed(feed);
      expect(await call('POST', `/${await write(service, change)}/replay`)).toMatchObject({ status, body: { code } });
    }
    expect(await bus.redis.xlen(bus.keys.topic('inbox', PARTITION))).toBe(0);
  });

  it('are discarded, and unknown from then on', async () => {
    const id = await write('ingest');
    expect(await call('DELETE', `/${id}`)).toEqual({ status: 204, body: undefined });
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/replay'],
    ] as const)
      expect(await call(method, `/${id}${path}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(lines).toContainEqual(expect.objectContaining({ action: 'dead-letter.discard', target: id, outcome: 'discarded' }));
  });

  it.each([
    'nonsense',
    'dl_',
    `dl_${Buffer.from('gateway/1/1-0').toString('base64url')}`,
    `dl_${Buffer.from('ingest/999/1-0').toString('base64url')}`,
  ])('of the name %s do not exist', async (name) => {
    expect(await call('GET', `/${name}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('are shown to operators and admins only', async () => {
    expect((await call('GET', '', { role: 'admin' })).status).toBe(200);
    expect((await call('GET', '', { role: 'user' })).status).toBe(403);
  });
});

describe('a record that ingest could not take', () => {
  let ingest: SpawnedService;
  afterEach(() => ingest.kill());

  const launch = (settings: Readonly<Record<string, string>>): Promise<SpawnedService> =>
    spawnService('ingest', {
      settings: {
        REDIS_URL: redis.url,
        S3_URL: objects.url,
        SIGNAL_NAMESPACE: `l${opened}`,
        PARTITIONS: '64',
        LEASE_TTL_MS: '1000',
        LOG_LEVEL: 'warn',
        BAR_INTERVALS: '1m',
        ...settings,
      },
    });
  const tradesInLog = async (): Promise<readonly unknown[]> => {
    const key = bus.keys.topic('market', PARTITION);
    const entries = (await readStreams(bus.redis, { cursors: new Map([[key, '0-0']]), count: 1_000 })).get(key) ?? [];
    const bodies = entries.map(({ fields }) => decodeMarketBody(String(fields.get('head')), fields.get('d') ?? Buffer.alloc(0)));
    return bodies.flatMap((body) => recordsOf(body).filter((record) => record.kind === 'trade' && record.instrument === 'TEST:X'));
  };

  it('is in the log once after the cause is mended and its letter replayed, however often that is asked for', async () => {
    // The cause: a price is pushed while the running feed takes none.
    ingest = await launch({ FEED: 'replay', FEED_SPEED: '1', TEST_INSTRUMENTS: 'true' });
    await appendInbox(bus, PARTITION, trade);
    const [letter] = await until(
      async () => {
        const { data } = await list('?code=feed_not_push');
        return data.length > 0 && data;
      },
      { what: 'the letter is there', withinMs: 30_000 },
    );
    expect(letter).toMatchObject({ service: 'ingest', record: trade });
    const path = `/${letter?.id}/replay`;
    expect(await call('POST', path)).toMatchObject({ status: 409, body: { code: 'feed_not_push' } });
    await ingest.stop();
    ingest = await launch({ FEED: 'push' });
    gateway.setFeed('push');
    const asked = await Promise.all([call('POST', path), call('POST', path), call('POST', path)]);
    expect(asked.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 409, 409]);
    await until(async () => (await tradesInLog()).length > 0, { what: 'the price is in the log', withinMs: 30_000 });
    // What comes after it is in the log: had it been there twice, it would be now.
    await appendInbox(bus, PARTITION, { ...trade, price: 11, tMs: MINUTE_MS + 1_000 });
    await until(async () => (await tradesInLog()).length > 1, { what: 'the next price is in the log', withinMs: 30_000 });
    expect(await tradesInLog()).toMatchObject([{ price: 10 }, { price: 11 }]);
  }, 120_000);
});
