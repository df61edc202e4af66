import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bus, createBus, type LogEntry, type Output, readLatest } from '@signal/bus';
import { decodeMarketBody, encodeMarketBody, type MarketRecord, optionId, partitionOf, WIRE_VERSION } from '@signal/contracts';
import { type Service, systemClock } from '@signal/kernel';
import { createTestContext, startRedis, type TestRedis, until } from '@signal/testing';
import { settings } from './config.ts';
import { createGreeksFold } from './greeks-fold.ts';
import { createGreeksService } from './service.ts';

const underlying = 'INDEX:SPX';
const partitions = 16;
const partition = partitionOf(underlying, partitions);
const startMs = Date.parse('2018-12-31T15:00:00Z');
const expiresMs = Date.parse('2019-01-18T21:00:00Z');
const texts = { SIGNAL_NAMESPACE: 'greeks-int', PARTITIONS: String(partitions), LEASE_TTL_MS: '300' };

const recordsOfEntry = (n: number): readonly MarketRecord[] => {
  const tMs = startMs + 5_000 * n;
  const listing: MarketRecord = {
    kind: 'listing',
    underlying,
    expiry: '2019-01-18',
    expiresMs,
    strikes: [2490, 2500, 2510],
    rate: 0.024,
    dividendYield: 0.019,
  };
  const quotes = [2490, 2500, 2510].flatMap((strike) =>
    (['C', 'P'] as const).map((right): MarketRecord => {
      const mid = 40 + (right === 'C' ? 1 : -1) * (2500 - strike) * 0.5 + n;
      const instrument = optionId({ underlying, expiry: '2019-01-18', strike, right });
      return { kind: 'quote', instrument, tMs, bid: mid - 0.5, ask: mid + 0.5, bidSize: 1, askSize: 1, source: 'synthetic' };
    }),
  );
  const head: readonly MarketRecord[] = [
    ...(n === 1 ? [listing] : []),
    { kind: 'mark', feed: 'replay', tMs },
    { kind: 'trade', instrument: underlying, tMs, price: 2500 + n, size: 0, source: 'bridged' },
  ];
  return [...head, ...quotes];
};

const entryOf = (n: number): LogEntry & Readonly<{ head: string; d: Buffer; records: number }> => {
  const { head, d, n: records } = encodeMarketBody(recordsOfEntry(n));
  return { id: `${n}-0`, n, prev: `${n - 1}-0`, wallMs: 0, body: decodeMarketBody(head, d), head, d, records };
};

describe('the greeks service on a real Redis', () => {
  let redis: TestRedis;
  let bus: Bus;
  let running: Service | undefined;

  const startMember = async (member: string): Promise<void> => {
    const context = createTestContext({ service: 'greeks', member, settings, texts: { ...texts, REDIS_URL: redis.url }, clock: systemClock });
    running = await createGreeksService(context);
    await running.start();
  };
  const stopMember = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };
  const append = async (from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n++) {
      const { id, prev, head, d, records } = entryOf(n);
      await bus.redis.xadd(bus.keys.topic('market', partition), id, 'v', WIRE_VERSION, 'n', records, 'prev', prev, 'w', 0, 'head', head, 'd', d);
    }
  };
  const published = async (topic: 'greeks' | 'chains'): Promise<readonly (readonly [string, string])[]> => {
    const entries = await bus.redis.xrangeBuffer(bus.keys.topic(topic, partition), '-', '+');
    return entries.map(([id, fields]) => {
      const at = (name: string): string =>
        fields[fields.findIndex((field, index) => index % 2 === 0 && String(field) === name) + 1]?.toString('latin1') ?? '';
      return [String(id), topic === 'greeks' ? at('head') + at('d') : at('json')] as const;
    });
  };
  const untilPublished = (count: number): Promise<unknown> =>
    until(async () => (await published('greeks')).length >= count, { what: `${count} greeks entries` });

  beforeAll(async () => {
    redis = await startRedis();
    const { log } = createTestContext({ service: 'greeks', settings, texts: { ...texts, REDIS_URL: redis.url } });
    bus = await createBus({
      redisUrl: redis.url,
      namespace: texts.SIGNAL_NAMESPACE,
      partitions,
      member: 'test',
      leaseTtlMs: 300,
      log,
      clock: systemClock,
    });
  });

  afterAll(async () => {
    await stopMember();
    await bus.close();
    await redis.stop();
  });

  it('publishes what the fold makes, entry by entry, across the change from one member to the next', async () => {
    await startMember('greeks-1');
    await append(1, 4);
    await untilPublished(4);
    expect(running?.unhealthy()).toBeUndefined();
    await stopMember();
    await append(5, 6);
    await startMember('greeks-2');
    await append(7, 8);
    await untilPublished(8);

    const fold = createGreeksFold();
    const outputs = Array.from(
      { length: 8 },
      (_, index) => [index + 1, fold.apply(entryOf(index + 1), () => undefined) as readonly Output[]] as const,
    );
    const expected = (topic: string, text: (output: Output) => string): readonly (readonly [string, string])[] =>
      outputs.flatMap(([n, made]) => made.filter((output) => output.topic === topic).map((output) => [`${n}-0`, text(output)] as const));
    expect(await published('greeks')).toEqual(
      expected('greeks', ({ fields }) => String(fields['head']) + (fields['d'] as Buffer).toString('latin1')),
    );
    expect(await published('chains')).toEqual(expected('chains', ({ fields }) => String(fields['json'])));
  });

  it('keeps the newest slice and chain in the hashes of latest values', async () => {
    const stem = `slice|${underlying}|2019-01-18`;
    const newest = await readLatest(bus, 'greeks', partition, [`${stem}|head`, `${stem}|d`]);
    expect(JSON.parse(String(newest.get(`${stem}|head`)))).toMatchObject({ seq: 8, spot: 2508, tsMs: startMs + 40_000 });
    expect(newest.get(`${stem}|d`)?.length).toBe(6 * 8 * 25);
    const chains = await readLatest(bus, 'chains', partition);
    expect(JSON.parse(String(chains.get(`${underlying}||chain|2019-01-18|closed`)))).toMatchObject({ seq: 8, data: { spot: 2508 } });
  });
});
