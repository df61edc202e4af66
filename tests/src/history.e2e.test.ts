import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@signal/testing';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { startWalkFleet, type WalkFleet } from './one-tick/walk-fleet.ts';

/** What TA-Lib says, by date: made by `tests/fixtures/talib-spx.py`. */
type Reference = Readonly<{
  rows: number;
  outputs: Readonly<Record<string, Readonly<{ firstRow: number; values: Readonly<Record<string, number>> }>>>;
}>;
type Reading = Readonly<{ session: string; values: Readonly<Record<string, Readonly<Record<string, number | null>>>> }>;
type Page = Readonly<{ data: readonly Reading[]; page: Readonly<{ hasMore: boolean }> }>;

const INSTRUMENT = 'INDEX:SPX';
const LAST_DAY = '2018-12-31';
const PATH = `/api/v2/historical/indicators/${INSTRUMENT}?interval=1d&indicators=rsi(14),macd,atr&limit=10000`;

const fixture = new URL('../fixtures/talib-spx-1d.json.gz', import.meta.url);
const reference = JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as Reference;

let fleet: WalkFleet;
let readings: readonly Reading[];

const valueOf = (row: Reading | undefined, output: string): number | null | undefined => {
  const at = output.lastIndexOf('.');
  return row?.values[output.slice(0, at)]?.[output.slice(at + 1)];
};

beforeAll(async () => {
  // The market begins on the first day after the recorded ones, which are loaded as bars.
  fleet = await startWalkFleet({ flags: ['--from', '2019-01-02', '--to', '2019-01-02'], instrument: INSTRUMENT });
  const whole = async (): Promise<readonly Reading[] | undefined> => {
    const { data } = (await fleet.get(PATH)) as Page;
    return data?.at(-1)?.session === LAST_DAY ? data : undefined;
  };
  readings = await until(whole, { what: `the bar of ${LAST_DAY} is stored`, withinMs: 30_000 });
}, 150_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

describe('historical indicators of INDEX:SPX 1d over HTTP', () => {
  it('has a reading of each recorded day', () => {
    expect(readings).toHaveLength(reference.rows);
  });

  it.each(Object.entries(reference.outputs))('%s equals TA-Lib to 1e-9, and is null for exactly its warm-up', (output, { firstRow, values }) => {
    expect(readings.findIndex((row) => valueOf(row, output) !== null)).toBe(firstRow);
    const byDate = new Map(readings.map((row) => [row.session, row]));
    const misses = Object.entries(values).filter(([date, wanted]) => {
      const got = valueOf(byDate.get(date), output);
      return typeof got !== 'number' || !(Math.abs(got - wanted) <= 1e-9 * Math.max(Math.abs(wanted), 1));
    });
    expect(misses).toEqual([]);
    expect(Object.keys(values)).toHaveLength(320);
  });
});
