import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, testDatabase } from '@signal/testing';
import { copy } from '../postgres/copy.ts';
import { connectPostgres, type Postgres } from '../postgres/postgres.ts';
import { readBars } from './read-bars.ts';
import { readSeriesExtent } from './read-series-extent.ts';
import { readSignals } from './read-signals.ts';

const barColumns = [
  'instrument',
  'interval',
  'start_ms',
  'rev',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'source',
  'session',
  'final',
  'seq',
  'partition',
  'n',
];
const signalColumns = ['topic', 'instrument', 'interval', 'expression', 'ts_ms', 'rev', 'seq', 'values', 'partition', 'n'];
const MINUTE_MS = 60_000;
const BARS = 5000;

describe('read side', () => {
  let database: TestDatabase;
  let postgres: Postgres;

  beforeAll(async () => {
    database = await testDatabase();
    postgres = connectPostgres({ url: database.url });
    const bar = (at: number, rev = 0, instrument = 'INDEX:SPX'): (string | number | boolean)[] => [
      instrument,
      '1m',
      at * MINUTE_MS,
      rev,
      at,
      at + rev,
      at,
      at,
      1,
      'bridged',
      '',
      true,
      at + 1,
      54,
      at,
    ];
    const bars = [
      ...Array.from({ length: BARS }, (_, at) => bar(at)),
      bar(7, 1),
      bar(7, 2),
      ...Array.from({ length: BARS }, (_, at) => bar(at, 0, 'TEST:SINE')),
    ];
    const signals = Array.from({ length: BARS }, (_, at) => [
      'indicators',
      'INDEX:SPX',
      '1m',
      'rsi(14)',
      at * MINUTE_MS,
      0,
      at + 1,
      { rsi: at / 3 },
      54,
      at,
    ]);
    const corrected = ['indicators', 'INDEX:SPX', '1m', 'rsi(14)', 7 * MINUTE_MS, 1, BARS + 1, { rsi: null }, 54, BARS];
    await postgres.transaction(async (client) => {
      await copy(client, { table: 'bars', columns: barColumns }, bars);
      await copy(client, { table: 'signals', columns: signalColumns }, [...signals, corrected]);
    });
    await postgres.query('ANALYZE bars');
    await postgres.query('ANALYZE signals');
  });
  afterAll(async () => {
    await postgres.close();
    await database.drop();
  });

  const series = { instrument: 'INDEX:SPX', interval: '1m' };
  const key = { topic: 'indicators', ...series, expression: 'rsi(14)' } as const;

  it('gives the last bars ascending', async () => {
    const bars = await readBars(postgres, { ...series, limit: 3, order: 'newest' });
    expect(bars.map((bar) => bar.startMs / MINUTE_MS)).toEqual([BARS - 3, BARS - 2, BARS - 1]);
  });

  it('gives the greatest revision of each bar and no other', async () => {
    const bars = await readBars(postgres, { ...series, fromMs: 6 * MINUTE_MS, toMs: 9 * MINUTE_MS, limit: 10, order: 'oldest' });
    expect(bars.map(({ startMs, rev, high }) => [startMs / MINUTE_MS, rev, high])).toEqual([
      [6, 0, 6],
      [7, 2, 9],
      [8, 0, 8],
    ]);
  });

  it('pages by start without a hole or an overlap', async () => {
    const seen: number[] = [];
    for (let fromMs = 0; ; fromMs = (seen.at(-1) ?? 0) + 1) {
      const page = await readBars(postgres, { ...series, fromMs, limit: 999, order: 'oldest' });
      if (page.length === 0) break;
      seen.push(...page.map((bar) => bar.startMs));
    }
    expect(seen).toEqual(Array.from({ length: BARS }, (_, at) => at * MINUTE_MS));
  });

  it('gives signals with the data that the topic carried', async () => {
    const signals = await readSignals(postgres, { ...key, fromMs: 6 * MINUTE_MS, toMs: 8 * MINUTE_MS, limit: 10, order: 'newest' });
    expect(signals.map(({ tsMs, rev, values }) => [tsMs / MINUTE_MS, rev, values])).toEqual([
      [6, 0, { rsi: 2 }],
      [7, 1, { rsi: null }],
    ]);
  });

  it('knows where a series begins and ends', async () => {
    expect(await readSeriesExtent(postgres, series)).toEqual({ anchorMs: 0, newestMs: (BARS - 1) * MINUTE_MS });
    expect(await readSeriesExtent(postgres, { instrument: 'TEST:SILENT', interval: '1m' })).toBeUndefined();
  });

  it('reads by index and not by scanning a table', async () => {
    const plans: string[] = [];
    const explaining = {
      query: async (text: string, values: readonly unknown[] = []) => {
        const answer = await postgres.query(`EXPLAIN ${text}`, values);
        plans.push(answer.rows.map((row) => String(row['QUERY PLAN'])).join('\n'));
        return { ...answer, rows: [] };
      },
    };
    await readBars(explaining, { ...series, limit: 100, order: 'newest' });
    await readSignals(explaining, { ...key, limit: 100, order: 'newest' });
    await readSeriesExtent(explaining, series);
    expect(plans.filter((plan) => /Seq Scan|Bitmap/u.test(plan))).toEqual([]);
    expect(plans.filter((plan) => /Index (Only )?Scan( Backward)? using (bars|signals)_pkey/u.test(plan))).toHaveLength(3);
  });
});
