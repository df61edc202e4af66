import { describe, expect, it } from '@jest/globals';
import { createBarBuilder, dateOf, dayOf, isTradingDay, sessionsOf } from '@signal/market';
import { bridgeDay } from './bridge.ts';
import type { DayRow } from './day-row.ts';
import { createDays } from './days.ts';
import { readRecordedDays } from './recorded-days.ts';
import { bridgedInstrument } from './replay-instrument.ts';

const recorded = readRecordedDays();
const rowsOf = (instrument: string): readonly DayRow[] => recorded.get(instrument) ?? [];

/** What the ticks of a row get wrong; empty for a faithful bridge. A plain loop, because there are 48 million ticks. */
const faultsOf = (instrument: string, row: DayRow): string[] => {
  const session = sessionsOf(instrument.slice(0, instrument.indexOf(':'))).byDay(row.day);
  if (session === undefined) return [];
  const count = (session.closesMs - session.opensMs) / 5_000;
  const { prices, sizes } = bridgeDay(row, { instrument, count });
  let [high, low, volume, faults] = [prices[0] ?? 0, prices[0] ?? 0, 0, 0];
  for (let k = 0; k < count; k++) {
    const price = prices[k] ?? Number.NaN;
    const size = sizes[k] ?? Number.NaN;
    if (price > high) high = price;
    if (price < low) low = price;
    volume += size;
    if (!Number.isInteger(size) || size < 0 || Math.round(price * 100) / 100 !== price) faults += 1;
  }
  const built = [prices[0], high, low, prices[count - 1], volume, faults];
  const wanted = [row.open, row.high, row.low, row.close, row.volume, 0];
  return built.every((value, index) => Object.is(value, wanted[index]))
    ? []
    : [`${instrument} ${dateOf(row.day)}: ${built.join(' ')}, not ${wanted.join(' ')}`];
};

/** Every how many rows one is rebuilt; 1 rebuilds all 10,322 (minutes under jest). The last, and rows without volume, always are. */
const EVERY = 60;

describe('bridged ticks', () => {
  it.each([...recorded.keys()])('of %s rebuild its recorded days bit for bit', (instrument) => {
    const rows = rowsOf(instrument);
    expect(rows.length).toBeGreaterThan(1_200);
    const sample = rows.filter(
      ({ volume }, index) => index % EVERY === 0 || index === rows.length - 1 || (volume === 0 && instrument === 'INDEX:IXIC'),
    );
    expect(sample.flatMap((row) => faultsOf(instrument, row))).toEqual([]);
  });

  it('give back the row of a day through the bar builder too', () => {
    const rows = rowsOf('INDEX:SPX');
    const row = rows.at(-1) as DayRow;
    const spx = bridgedInstrument('INDEX:SPX', createDays('INDEX:SPX', rows));
    const session = sessionsOf('INDEX').byDay(row.day);
    const ticks = session === undefined ? undefined : spx.ticks(session);
    const builder = createBarBuilder({ latenessMs: 0, idleMs: 0, throttleMs: 250 });
    builder.open('INDEX:SPX', '1d');
    for (let k = 0; k < (ticks?.count ?? 0); k++) {
      builder.trade({
        instrument: 'INDEX:SPX',
        tMs: (session?.opensMs ?? 0) + k * 5_000,
        price: ticks?.price(k) ?? 0,
        size: ticks?.size(k) ?? 0,
        source: 'bridged',
      });
    }
    builder.mark(session?.closesMs ?? 0);
    const { open, high, low, close, volume, source } = builder.take()[0] ?? {};
    expect({ open, high, low, close, volume, source }).toEqual({
      open: 2498.94,
      high: 2509.24,
      low: 2482.82,
      close: 2506.85,
      volume: 3442870000,
      source: 'recorded',
    });
  });

  it('are the same whenever they are asked for, and others for another day', () => {
    const [one, two] = rowsOf('INDEX:SPX').slice(-2) as [DayRow, DayRow];
    const ticks = (row: DayRow): string => bridgeDay(row, { instrument: 'INDEX:SPX', count: 4_680 }).prices.join();
    expect(ticks(one)).toBe(ticks(one));
    expect(ticks(one)).not.toBe(ticks({ ...one, day: two.day }));
  });

  it('trade more at the open and the close than at noon', () => {
    const row = rowsOf('INDEX:SPX').at(-1) as DayRow;
    const { sizes } = bridgeDay(row, { instrument: 'INDEX:SPX', count: 4_680 });
    const sum = (from: number, to: number): number => sizes.subarray(from, to).reduce((total, size) => total + size, 0);
    expect(sum(0, 468)).toBeGreaterThan(2 * sum(2_106, 2_574));
    expect(sum(4_212, 4_680)).toBeGreaterThan(2 * sum(2_106, 2_574));
  });
});

describe('the days of an instrument', () => {
  it('begin at the first record and trade on no other date until the last', () => {
    const aapl = createDays('NASDAQ:AAPL', rowsOf('NASDAQ:AAPL'));
    expect(aapl.row(dayOf('2018-12-31'))).toBeUndefined();
    expect(aapl.row(dayOf('2019-01-02'))?.close).toBe(39.48);
    const wti = createDays('COMM:WTI', rowsOf('COMM:WTI'));
    expect(wti.row(dayOf('2018-12-24'))).toBeUndefined();
  });

  it('open a day of closes alone at the close before it', () => {
    const vix = rowsOf('INDEX:VIX');
    expect(vix[0]).toMatchObject({ open: 13.76, close: 13.76, volume: 0 });
    expect(vix[1]).toMatchObject({ open: 13.76, high: 13.76, low: 13.55, close: 13.55 });
  });

  it('go on after the last record by drawn returns, the same in any order of asking', () => {
    const forwards = createDays('INDEX:SPX', rowsOf('INDEX:SPX'));
    const backwards = createDays('INDEX:SPX', rowsOf('INDEX:SPX'));
    const later = backwards.row(dayOf('2019-02-01'));
    const first = forwards.row(dayOf('2019-01-02'));
    expect(first?.source).toBe('synthetic');
    expect(backwards.row(dayOf('2019-01-02'))).toEqual(first);
    expect(forwards.row(dayOf('2019-02-01'))).toEqual(later);
    expect(forwards.row(dayOf('2019-01-01'))).toBeUndefined();
  });

  it('after the last record keep to the exchange and to their own range', () => {
    const days = createDays('INDEX:SPX', rowsOf('INDEX:SPX'));
    const drawn = Array.from({ length: 60 }, (_, k) => days.row(dayOf('2019-01-01') + k)).filter((row) => row !== undefined);
    expect(drawn.every(({ day, open, high, low, close }) => isTradingDay(day) && low <= Math.min(open, close) && high >= Math.max(open, close))).toBe(
      true,
    );
    expect(drawn.slice(-3).flatMap((row) => faultsOf('INDEX:SPX', row))).toEqual([]);
  });
});
