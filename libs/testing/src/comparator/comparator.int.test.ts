import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKeys, encodeSignals, encodeSlice, greekColumns } from '@signal/contracts';
import { connectRedis } from '@signal/bus';
import { Client } from 'pg';
import { testDatabase } from '../servers/postgres.ts';
import { startRedis } from '../servers/redis.ts';
import type { TestRedis } from '../servers/test-redis.ts';
import { compareRecordings, isSame } from './compare-recordings.ts';
import { compareRows } from './compare-rows.ts';
import { recordRun } from './record-run.ts';
import type { Recording } from './recording.ts';

const slice = (delta: number): ReturnType<typeof encodeSlice> =>
  encodeSlice({
    head: {
      underlying: 'INDEX:SPX',
      expiry: '2019-01-18',
      expiresMs: 2,
      seq: 1,
      tsMs: 1,
      spot: 1,
      forward: 1,
      forwardSource: 'parity',
      rate: 0,
      dividendYield: 0,
      atmStrike: 1,
      atmIv: null,
      model: 'black76',
      strikes: [1],
      columns: greekColumns,
    },
    columns: new Map(greekColumns.map((name) => [name, new Float64Array(2).fill(name === 'delta' ? delta : Number.NaN)])),
  });

describe('two recorded runs', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  const record = async (namespace: string, at: Readonly<{ count: number; delta: number }>): Promise<Recording> => {
    const keys = createKeys(namespace);
    const client = connectRedis(redis.url, { name: 'writer' });
    const recorder = await recordRun({ redisUrl: redis.url, namespace, partitions: 16 });
    expect(await client.hget(keys.needed(3), 'comparator')).toBe('0');
    for (let n = 1; n <= at.count; n += 1) {
      const fields = encodeSignals([{ instrument: 'TEST:P3', interval: '1m', seq: n, tsMs: n, final: true, data: { close: n } }]);
      await client.xadd(keys.topic('bars', 3), `${n}-0`, 'prev', `${n - 1}-0`, ...Object.entries(fields).flat());
    }
    await client.xadd(keys.topic('greeks', 6), '1-0', 'prev', '0-0', ...Object.entries(slice(at.delta)).flat());
    const recording = await recorder.stop();
    expect(await client.exists(keys.needed(3))).toBe(0);
    client.disconnect();
    return recording;
  };

  it('are the same when every text and every packed byte is, and else said to differ', async () => {
    const undisturbed = await record('run-a', { count: 2_000, delta: 0.5 });
    const difference = compareRecordings(undisturbed, await record('run-b', { count: 2_000, delta: 0.5 }), { ids: true });
    expect(difference).toMatchObject({ compared: 2_001 });
    expect(isSame(difference)).toBe(true);
    const other = compareRecordings(undisturbed, await record('run-c', { count: 1_999, delta: 0.5000001 }));
    expect(other).toMatchObject({ lost: 1, differing: 1, doubled: 0, disordered: 0 });
  });

  it('are compared by their rows in Postgres too', async () => {
    const databases = [await testDatabase(), await testDatabase()] as const;
    const insert = async (url: string, closes: readonly number[]): Promise<void> => {
      const client = new Client({ connectionString: url });
      await client.connect();
      for (const [index, close] of closes.entries()) {
        await client.query(`INSERT INTO bars (instrument, interval, start_ms, rev, open, high, low, close, volume, source, final, seq, partition, n)
          VALUES ('TEST:P3', '1m', ${index}, 0, 1, 2, 1, ${close}, 5, 'synthetic', true, ${index + 1}, 3, ${index + 1})`);
      }
      await client.end();
    };
    await insert(databases[0].url, [1, 2]);
    await insert(databases[1].url, [1]);
    expect(await compareRows(databases[0].url, databases[1].url)).toMatchObject({ compared: 2, lost: 1, differing: 0 });
    await insert(databases[1].url, []);
    const client = new Client({ connectionString: databases[1].url });
    await client.connect();
    await client.query(
      `INSERT INTO bars SELECT instrument, interval, 1, rev, open, high, low, 2.5, volume, source, session, final, 2, partition, 2 FROM bars`,
    );
    await client.end();
    expect(await compareRows(databases[0].url, databases[1].url)).toMatchObject({ compared: 2, lost: 0, differing: 1 });
    await Promise.all(databases.map(({ drop }) => drop()));
  });
});
