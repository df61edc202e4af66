import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appendInbox, type Bus, createBus, rangeOf } from '@signal/bus';
import { decodeSignals, partitionOf, type Topic } from '@signal/contracts';
import { createLogger, systemClock } from '@signal/kernel';
import { type SpawnedService, spawnService, startRedis, type TestRedis, until } from '@signal/testing';

const KEY = 'internal-test-key';
const PARTITIONS = 16;
/** Entries of option quotes are large: a page must arrive within a command's deadline on a crowded machine too. */
const PAGE = 50;
const log = createLogger({ service: 'test', member: 'test', level: 'silent' });
const busOf = (redis: TestRedis, namespace: string): Promise<Bus> =>
  createBus({ redisUrl: redis.url, namespace, partitions: PARTITIONS, member: 'test', leaseTtlMs: 2_000, log, clock: systemClock });

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
});

const launch = (namespace: string, settings: Readonly<Record<string, string>>): Promise<SpawnedService> =>
  spawnService('ingest', {
    member: 'ingest-1',
    settings: {
      REDIS_URL: redis.url,
      SIGNAL_NAMESPACE: namespace,
      PARTITIONS: String(PARTITIONS),
      LEASE_TTL_MS: '2000',
      INTERNAL_API_KEY: KEY,
      LOG_LEVEL: 'warn',
      ...settings,
    },
  });

const feedState = async (service: SpawnedService): Promise<Readonly<{ state: string; marketTimeMs: number | null }>> => {
  const response = await fetch(`${service.url}/feed`, { headers: { authorization: `Bearer ${KEY}` }, signal: AbortSignal.timeout(2_000) });
  return (await response.json()) as { state: string; marketTimeMs: number | null };
};

/** Count and digest of a stream: every id, and every field but `w`, the wall time of the flush. */
const digest = async (bus: Bus, key: string): Promise<string> => {
  const hash = createHash('sha256');
  let count = 0;
  for (let after: string | undefined = '-'; after !== undefined;) {
    const page = await rangeOf(bus.redis, key, { from: after, to: '+', count: PAGE });
    for (const { id, fields } of page) {
      hash.update(id);
      for (const [name, value] of fields) hash.update(name === 'w' ? '' : Buffer.concat([Buffer.from(name), value]));
    }
    count += page.length;
    after = page.length < PAGE ? undefined : `(${page.at(-1)?.id ?? ''}`;
  }
  return `${count} ${hash.digest('hex')}`;
};

const digests = async (bus: Bus): Promise<Record<string, string>> => {
  const found: Record<string, string> = {};
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (const topic of ['market', 'bars'] as const satisfies readonly Topic[]) {
      const one = await digest(bus, bus.keys.topic(topic, partition));
      if (!one.startsWith('0 ')) found[`${topic} ${partition}`] = one;
    }
  }
  return found;
};

describe('ingest', () => {
  const halfDay = {
    FEED_FROM: '2018-12-24',
    FEED_TO: '2018-12-24',
    FEED_ONCE: 'true',
    FEED_SPEED: 'max',
    BAR_INTERVALS: '1m 1d 1w',
    TEST_INSTRUMENTS: 'false',
  };

  it('writes the same entries, killed in the middle or not', async () => {
    const whole = await launch('whole', halfDay);
    await until(async () => (await feedState(whole)).state === 'ended', { what: 'the undisturbed replay ended', withinMs: 120_000 });
    expect(await whole.stop()).toBe(0);
    const bus = await busOf(redis, 'cut');
    const market = bus.keys.topic('market', partitionOf('INDEX:SPX', PARTITIONS));
    for (const length of [2, 900, 5_000]) {
      const doomed = await launch('cut', halfDay);
      await until(async () => (await bus.redis.xlen(market).catch(() => 0)) >= length, { what: `${length} entries were written`, withinMs: 60_000 });
      await doomed.kill();
    }
    const last = await launch('cut', halfDay);
    await until(async () => (await feedState(last)).state === 'ended', { what: 'the disturbed replay ended', withinMs: 120_000 });
    await last.stop();
    const undisturbed = await busOf(redis, 'whole');
    const expected = await digests(undisturbed);
    expect(Object.keys(expected).length).toBeGreaterThanOrEqual(8);
    expect(await digests(bus)).toEqual(expected);
    await bus.close();
    await undisturbed.close();
  }, 300_000);

  it('takes pushed prices from the inbox, dead-letters what breaks a rule, and shows the newest quote', async () => {
    const service = await launch('push', { FEED: 'push', BAR_INTERVALS: '1m' });
    const bus = await busOf(redis, 'push');
    const partition = partitionOf('TEST:X', PARTITIONS);
    const minute = Date.parse('2018-12-31T15:00Z');
    const trade = { kind: 'trade', instrument: 'TEST:X', price: 10, size: 1, source: 'live' } as const;
    await appendInbox(bus, partition, { ...trade, tMs: minute, id: 'a' });
    await appendInbox(bus, partition, { ...trade, tMs: minute + 65_000, price: 11, id: 'b' });
    await appendInbox(bus, partition, { ...trade, tMs: minute, id: 'c' });
    const closed = await until(async () => bus.redis.hget(bus.keys.latest('bars', partition), 'TEST:X|1m||closed'), {
      what: 'the first minute closed',
    });
    expect(decodeSignals({ json: `[${closed}]` })[0]).toMatchObject({
      seq: expect.any(Number),
      tsMs: minute,
      data: { open: 10, close: 10, volume: 1, source: 'live' },
    });
    const quote = await bus.redis.hget(bus.keys.latest('market', partition), 'quote|TEST:X');
    expect(JSON.parse(quote ?? '')).toMatchObject({ last: 11, bid: null });
    const letters = await until(
      async () =>
        (await bus.redis.xlen(bus.keys.dead('ingest', partition))) > 0 &&
        rangeOf(bus.redis, bus.keys.dead('ingest', partition), { from: '-', to: '+', count: 10 }),
      {
        what: 'the late price was dead-lettered',
      },
    );
    expect(letters.map(({ fields }) => fields.get('code')?.toString())).toEqual(['late']);
    await service.stop();
    await bus.close();
  }, 60_000);
});
