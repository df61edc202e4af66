import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bar, createKeys, decodeSignals, encodeMarketBody, type MarketRecord, partitionOf, type Signal, WIRE_VERSION } from '@signal/contracts';
import { computeBatch } from '@signal/indicators';
import type { Service } from '@signal/kernel';
import { createTestContext, startRedis, type TestObjectStore, testObjectStore, type TestRedis, until } from '@signal/testing';
import { connectRedis } from '@signal/bus';
import { settings } from './config.ts';
import { createIndicatorService } from './service.ts';

const MINUTE = 60_000;
const START = Date.UTC(2018, 11, 31, 14, 30);
const PARTITIONS = 16;
const partition = partitionOf('INDEX:SPX', PARTITIONS);
const keys = createKeys('indicator-test');

let redis: TestRedis;
let objects: TestObjectStore;
let commands: ReturnType<typeof connectRedis>;
let service: Service;
let n = 0;

const contextOf = (member: string) =>
  createTestContext({
    service: 'indicator',
    member,
    settings,
    texts: { REDIS_URL: redis.url, S3_URL: objects.url, SIGNAL_NAMESPACE: 'indicator-test', PARTITIONS: String(PARTITIONS), LEASE_TTL_MS: '300' },
  });

const startService = async (member: string): Promise<Service> => {
  const started = await createIndicatorService(contextOf(member));
  await started.start();
  return started;
};

const closeAt = (row: number): number => 100 + 10 * Math.sin(row * 1.3);

const bar = (row: number, final = true): Bar => {
  const close = closeAt(row);
  const startMs = START + row * MINUTE;
  return {
    kind: 'bar',
    instrument: 'INDEX:SPX',
    interval: '1m',
    startMs,
    endMs: startMs + MINUTE,
    open: close,
    high: close + 1,
    low: close - 1,
    close,
    volume: 1,
    final,
    rev: 0,
    source: 'bridged',
    session: '',
  };
};

const write = async (...records: readonly MarketRecord[]): Promise<void> => {
  const { head, d, n: count } = encodeMarketBody(records);
  const prev = n === 0 ? '0-0' : `${n}-0`;
  n += 1;
  await commands.xadd(keys.topic('market', partition), `${n}-0`, 'v', WIRE_VERSION, 'n', count, 'prev', prev, 'w', Date.now(), 'head', head, 'd', d);
};

const published = async (): Promise<readonly Signal[]> => {
  const entries = await commands.xrange(keys.topic('indicators', partition), '-', '+');
  return entries.flatMap(([, fields]) => decodeSignals({ json: fields[fields.indexOf('json') + 1] ?? '' }));
};

const plan = { kind: 'plan-start', instrument: 'INDEX:SPX', interval: '1m', expression: 'rsi(3)' } as const;
const wanted = (rows: number): readonly (number | null)[] => {
  const close = Float64Array.from({ length: rows }, (_, row) => closeAt(row));
  return [...(computeBatch('rsi(3)', { open: close, high: close, low: close, volume: close, close })['rsi'] ?? [])].map((value) =>
    Number.isNaN(value) ? null : value,
  );
};

beforeAll(async () => {
  redis = await startRedis();
  objects = await testObjectStore();
  const { log } = contextOf('reader');
  commands = connectRedis(redis.url, { name: 'reader', log });
});

afterAll(async () => {
  await service?.stop();
  commands?.disconnect();
  await redis?.stop();
  await objects?.stop();
});

describe('the indicator service', () => {
  it('publishes what the log plans, under the ids of the log', async () => {
    service = await startService('indicator-1');
    await write(plan);
    for (let row = 0; row < 8; row++) await write(bar(row));
    await write(bar(8, false));
    const signals = await until(async () => ((await published()).length === 9 ? await published() : undefined), { what: 'nine readings' });
    expect(signals.map(({ data }) => data['rsi'])).toEqual(wanted(9));
    expect(signals.map(({ seq, final }) => [seq, final])).toEqual(Array.from({ length: 9 }, (_, row) => [row + 1, row < 8]));
    const ids = (await commands.xrange(keys.topic('indicators', partition), '-', '+')).map(([id]) => id);
    expect(ids).toEqual(Array.from({ length: 9 }, (_, row) => `${row + 2}-0`));
    const latest = await commands.hget(keys.latest('indicators', partition), 'INDEX:SPX|1m|rsi(3)|closed');
    expect(JSON.parse(latest ?? '')).toEqual(signals[7]);
  });

  it('goes on where another member stopped', async () => {
    await service.stop();
    await write(bar(8));
    service = await startService('indicator-2');
    await write(bar(9), { ...plan, expression: 'nope' }, bar(10));
    const signals = await until(async () => ((await published()).length === 12 ? await published() : undefined), { what: 'twelve readings' });
    expect(signals.slice(9).map(({ seq, data }) => [seq, data['rsi']])).toEqual([8, 9, 10].map((row) => [row + 2, wanted(11)[row]]));
    expect(service.unhealthy()).toBeUndefined();
  });

  it('dead-letters a plan that it cannot read', async () => {
    const [letter] = await until(
      async () => {
        const letters = await commands.xrange(keys.dead('indicator', partition), '-', '+');
        return letters.length > 0 ? letters : undefined;
      },
      { what: 'a dead letter' },
    );
    expect(JSON.stringify(letter)).toContain('expression_invalid');
  });
});
