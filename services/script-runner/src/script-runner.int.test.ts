import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bar, createKeys, encodeMarketBody, type MarketRecord, partitionOf, type Signal } from '@signal/contracts';
import { connectObjectStore, type ObjectStore } from '@signal/store';
import {
  rootFolder,
  type SpawnedService,
  spawnService,
  startRedis,
  testObjectStore,
  type TestObjectStore,
  type TestRedis,
  until,
} from '@signal/testing';
import { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sourceHash, sourceKey } from './source/script-sources.ts';

const PARTITIONS = 16;
const INSTRUMENT = 'TEST:SINE';
const BARS = 240;
const partition = partitionOf(INSTRUMENT, PARTITIONS);
const source = readFileSync(path.join(rootFolder(), 'services/script-runner/examples/ma-cross.ts'));
const keys = (namespace: string) => createKeys(namespace);

const barAt = (minute: number): Bar => {
  const close = 100 + 10 * Math.sin(minute / 8) + 3 * Math.sin(minute / 3);
  return {
    ...{
      kind: 'bar',
      instrument: INSTRUMENT,
      interval: '1m',
      startMs: minute * 60_000,
      endMs: (minute + 1) * 60_000,
      open: close,
      high: close + 1,
      low: close - 1,
      close,
    },
    ...{ volume: 10, final: true, rev: 0, source: 'synthetic', session: '' },
  };
};

describe('script-runner', () => {
  let redis: TestRedis;
  let client: Redis;
  let server: TestObjectStore;
  let objects: ObjectStore;
  const running: SpawnedService[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
    server = await testObjectStore();
    objects = connectObjectStore({ url: server.url });
    await objects.ensureBucket();
    await objects.put(sourceKey(sourceHash(source)), source);
  }, 60_000);
  afterAll(async () => {
    for (const service of running) await service.kill();
    client?.disconnect();
    objects?.close();
    await server?.stop();
    await redis?.stop();
  });

  const spawn = async (namespace: string, member: string): Promise<SpawnedService> => {
    const settings = {
      REDIS_URL: redis.url,
      S3_URL: server.url,
      SIGNAL_NAMESPACE: namespace,
      PARTITIONS: String(PARTITIONS),
      LEASE_TTL_MS: '300',
      SCRIPT_CALL_TIMEOUT_MS: '200',
    };
    const service = await spawnService('script-runner', { settings, member });
    running.push(service);
    return service;
  };

  /** Writes an entry as ingest does. */
  const write = async (namespace: string, n: number, records: readonly MarketRecord[]): Promise<void> => {
    const { head, d, n: count } = encodeMarketBody(records);
    const prev = n === 1 ? '0-0' : `${n - 1}-0`;
    await client.xadd(
      keys(namespace).topic('market', partition),
      `${n}-0`,
      'v',
      '2',
      'n',
      String(count),
      'prev',
      prev,
      'w',
      '0',
      'head',
      head,
      'd',
      d,
    );
  };

  const start: MarketRecord = {
    ...{ kind: 'script-start', script: 'scr_ma_cross', version: 1, sha256: sourceHash(source) },
    ...{ instrument: INSTRUMENT, interval: '1m', params: { fast: 3 } },
  };

  const signals = async (namespace: string): Promise<readonly (Signal & { id: string })[]> => {
    const entries = await client.xrange(keys(namespace).topic('scripts', partition), '-', '+');
    return entries.flatMap(([id, fields]) =>
      (JSON.parse(fields[fields.indexOf('json') + 1] ?? '[]') as Signal[]).map((signal) => ({ ...signal, id })),
    );
  };

  const committed = (namespace: string, n: number): Promise<unknown> =>
    until(async () => (await client.hget(keys(namespace).position('script-runner', partition), 'cursor')) === `${n}-0`, {
      what: `entry ${n} is committed`,
      withinMs: 20_000,
    });

  const writeAll = async (namespace: string, afterEach: (n: number) => Promise<void> = async () => undefined): Promise<void> => {
    await write(namespace, 1, [start]);
    for (let minute = 0; minute < BARS; minute++) {
      await write(namespace, minute + 2, [barAt(minute)]);
      await afterEach(minute + 2);
    }
    await committed(namespace, BARS + 1);
  };

  it('runs a script from the object store on the bars of the log and publishes its signals', async () => {
    const service = await spawn('whole', 'script-runner-1');
    await writeAll('whole');
    const published = await signals('whole');
    const first = published[0];
    expect(first).toMatchObject({
      instrument: INSTRUMENT,
      interval: '1m',
      expression: 'scr_ma_cross@1',
      seq: 1,
      final: true,
      data: { tag: 'trade 1' },
    });
    expect(published.map(({ seq }) => seq)).toEqual(published.map((_, index) => index + 1));
    expect(published.length).toBeGreaterThan(5);
    expect(await service.stop()).toBe(0);
  }, 60_000);

  it('publishes the same after SIGKILL in the middle, by another member', async () => {
    const killed = await spawn('killed', 'script-runner-1');
    let other: SpawnedService | undefined;
    await writeAll('killed', async (n) => {
      if (n !== BARS / 2) return;
      await committed('killed', n);
      await killed.kill();
      other = await spawn('killed', 'script-runner-2');
    });
    expect(await signals('killed')).toEqual(await signals('whole'));
    await other?.stop();
  }, 60_000);
});
