import type { Output, PartitionFold } from '@signal/bus';
import {
  decodeMarketBody,
  decodeSignals,
  decodeSlice,
  encodeMarketBody,
  type MarketRecord,
  optionId,
  optionStatuses,
  realtimeChain,
  type Signal,
  type Slice,
} from '@signal/contracts';
import { describe, expect, it } from '@jest/globals';
import { blackPrice } from '@signal/options';
import { createGreeksFold } from './greeks-fold.ts';

const underlying = 'INDEX:SPX';
const expiry = '2019-01-18';
const startMs = Date.parse('2018-12-31T15:00:00Z');
const expiresMs = Date.parse('2019-01-18T21:00:00Z');
const strikes = [2400, 2450, 2500, 2550, 2600];
const rate = 0.024;
const dividendYield = 0.019;

const listing = (change: object = {}): MarketRecord => ({ kind: 'listing', underlying, expiry, expiresMs, strikes, rate, dividendYield, ...change });
const spotAt = (tMs: number, price: number): MarketRecord => ({ kind: 'trade', instrument: underlying, tMs, price, size: 0, source: 'bridged' });
const mark = (tMs: number): MarketRecord => ({ kind: 'mark', feed: 'replay', tMs });
const idOf = (strike: number, right: 'C' | 'P', date = expiry): string => optionId({ underlying, expiry: date, strike, right });
const quote = (instrument: string, tMs: number, sides: Readonly<{ bid: number; ask: number }>): MarketRecord => ({
  kind: 'quote',
  instrument,
  tMs,
  bidSize: 1,
  askSize: 1,
  source: 'synthetic',
  ...sides,
});

/** Quotes of all strikes round a flat volatility, so that the fold must find it again. */
const quotes = (tMs: number, at: Readonly<{ forward: number; volatility: number }>): readonly MarketRecord[] => {
  const years = (expiresMs - tMs) / 31_536_000_000;
  const discount = Math.exp(-rate * years);
  return strikes.flatMap((strike) =>
    (['C', 'P'] as const).map((right) => {
      const price = blackPrice({ ...at, strike, years, discount, right });
      return quote(idOf(strike, right), tMs, { bid: price - 0.5, ask: price + 0.5 });
    }),
  );
};

type Published = Readonly<{ slices: readonly Slice[]; chains: readonly Signal[]; outputs: readonly Output[]; rejected: readonly unknown[] }>;

const feed = (fold: PartitionFold, n: number, records: readonly MarketRecord[]): Published => {
  const packed = encodeMarketBody(records);
  const rejected: unknown[] = [];
  const entry = { id: `${n}-0`, n, prev: `${n - 1}-0`, wallMs: 0, body: decodeMarketBody(packed.head, packed.d) };
  const outputs = fold.apply(entry, (index, code) => void rejected.push([index, code])) as readonly Output[];
  const of = (topic: string): readonly Output[] => outputs.filter((output) => output.topic === topic && Object.keys(output.fields).length > 0);
  return {
    outputs,
    rejected,
    slices: of('greeks').map(({ fields }) => decodeSlice(String(fields['head']), fields['d'] as Buffer)),
    chains: of('chains').flatMap(({ fields }) => decodeSignals({ json: String(fields['json']) })),
  };
};

const opening = (tMs = startMs): readonly MarketRecord[] => [
  listing(),
  mark(tMs),
  spotAt(tMs, 2500),
  ...quotes(tMs, { forward: 2510, volatility: 0.21 }),
];
/** Returns a cell of a slice's column by leg, as in `2500C`. */
const cell = (slice: Slice | undefined, column: string, leg: string): number =>
  slice?.columns.get(column)?.[2 * slice.head.strikes.indexOf(Number.parseInt(leg, 10)) + (leg.endsWith('C') ? 0 : 1)] ?? Number.POSITIVE_INFINITY;
const statusOf = (slice: Slice | undefined, leg: string): string | undefined => optionStatuses[cell(slice, 'status', leg)];

describe('the greeks fold', () => {
  it('prices a chain on its forward and volatility, and publishes slice and chain with their newest values', () => {
    const { slices, chains, outputs } = feed(createGreeksFold(), 1, opening());
    expect(slices).toHaveLength(1);
    const [slice] = slices;
    expect(slice?.head).toMatchObject({
      underlying,
      expiry,
      expiresMs,
      seq: 1,
      tsMs: startMs,
      spot: 2500,
      forwardSource: 'parity',
      atmStrike: 2500,
      model: 'black76',
    });
    expect(slice?.head.forward).toBeCloseTo(2510, 8);
    expect(slice?.head.atmIv).toBeCloseTo(0.21, 8);
    expect(cell(slice, 'iv', '2450C')).toBeCloseTo(0.21, 8);
    expect(cell(slice, 'theoretical', '2550C')).toBeCloseTo(cell(slice, 'mid', '2550C'), 8);
    expect(cell(slice, 'delta', '2500C')).toBeGreaterThan(0.5);
    expect(statusOf(slice, '2600P')).toBe('ok');
    expect(outputs.flatMap(({ latest }) => latest.map(([field]) => field))).toEqual([
      `slice|${underlying}|${expiry}|head`,
      `slice|${underlying}|${expiry}|d`,
      `${underlying}||chain|${expiry}|closed`,
    ]);
    expect(realtimeChain.parse(chains[0]?.data)).toMatchObject({ expiries: [expiry], spot: 2500, atmStrike: 2500 });
    expect(JSON.parse(String(outputs[1]?.latest[0]?.[1]))).toEqual(chains[0]);
  });

  it('says volatility side, label and both legs of each strike in the chain', () => {
    const [chain] = feed(createGreeksFold(), 1, opening()).chains;
    const body = realtimeChain.parse(chain?.data);
    expect(body.strikes.map(({ ivSide }) => ivSide)).toEqual(['P', 'P', 'P', 'C', 'C']);
    expect(body.strikes.map(({ call, put }) => [call.label, put.label])).toEqual([
      ['ITM2', 'OTM2'],
      ['ITM1', 'OTM1'],
      ['ATM', 'ATM'],
      ['OTM1', 'ITM1'],
      ['OTM2', 'ITM2'],
    ]);
    expect(body.strikes[0]?.call).toMatchObject({ instrument: idOf(2400, 'C'), status: 'ok', openInterest: null, volume: null });
  });

  it('publishes nothing of an underlying before its first price', () => {
    const fold = createGreeksFold();
    expect(feed(fold, 1, [listing(), mark(startMs), ...quotes(startMs, { forward: 2510, volatility: 0.2 })]).outputs).toEqual([]);
    expect(feed(fold, 2, [spotAt(startMs, 2500)]).slices).toHaveLength(1);
  });

  it('gives null with a status, never 0, where there is no quote, and goes on with the rest', () => {
    const { slices, chains } = feed(createGreeksFold(), 1, [...opening(), quote(idOf(2600, 'C'), startMs, { bid: 0, ask: 0.05 })]);
    expect(statusOf(slices[0], '2600C')).toBe('no_quote');
    for (const column of ['bid', 'mid', 'iv', 'delta', 'theoretical']) expect(cell(slices[0], column, '2600C')).toBeNaN();
    expect(realtimeChain.parse(chains[0]?.data).strikes[4]).toMatchObject({
      iv: null,
      ivSide: null,
      call: { status: 'no_quote', bid: null, ask: 0.05, delta: null },
    });
    expect(statusOf(slices[0], '2550C')).toBe('ok');
  });

  it('takes the last trade of an option for a missing mid while it is young', () => {
    const fold = createGreeksFold();
    const trade: MarketRecord = { kind: 'trade', instrument: idOf(2600, 'C'), tMs: startMs, price: 20, size: 1, source: 'live' };
    const first = feed(fold, 1, [...opening(), quote(idOf(2600, 'C'), startMs, { bid: 0, ask: 0 }), trade]);
    expect(statusOf(first.slices[0], '2600C')).toBe('ok');
    expect(cell(first.slices[0], 'theoretical', '2600C')).toBeCloseTo(20, 6);
    const old = feed(fold, 2, [spotAt(startMs + 301_000, 2500)]);
    expect(statusOf(old.slices[0], '2600C')).toBe('no_quote');
  });

  it('marks what rests on an old quote, and takes the forward from the spot then', () => {
    const fold = createGreeksFold();
    feed(fold, 1, opening());
    const [slice] = feed(fold, 2, [spotAt(startMs + 121_000, 2520)]).slices;
    expect(slice?.head.forwardSource).toBe('carry');
    expect(statusOf(slice, '2500C')).toBe('stale_quote');
    expect(cell(slice, 'delta', '2500C')).not.toBeNaN();
  });

  it('marks what rests on an old price of the underlying', () => {
    const fold = createGreeksFold();
    feed(fold, 1, opening());
    const [slice] = feed(fold, 2, quotes(startMs + 121_000, { forward: 2510, volatility: 0.2 })).slices;
    expect(statusOf(slice, '2500C')).toBe('stale_underlying');
  });

  it('carries open interest and volume', () => {
    const interest: MarketRecord = { kind: 'interest', instrument: idOf(2500, 'P'), tMs: startMs, openInterest: 1200, volume: 34 };
    const { slices } = feed(createGreeksFold(), 1, [...opening(), interest]);
    expect([cell(slices[0], 'openInterest', '2500P'), cell(slices[0], 'volume', '2500P')]).toEqual([1200, 34]);
  });

  it('publishes a slice once in 20 ms of event time and a chain once an event second, and nothing for no change', () => {
    const fold = createGreeksFold();
    feed(fold, 1, opening());
    expect(feed(fold, 2, [spotAt(startMs + 10, 2501)]).outputs).toEqual([]);
    const third = feed(fold, 3, [mark(startMs + 20)]);
    expect([third.slices.length, third.slices[0]?.head.seq, third.slices[0]?.head.spot, third.chains.length]).toEqual([1, 2, 2501, 0]);
    const fourth = feed(fold, 4, [mark(startMs + 1_000)]);
    expect([fourth.slices.length, fourth.chains[0]?.seq]).toEqual([0, 2]);
    expect(feed(fold, 5, [mark(startMs + 2_000)]).outputs).toEqual([]);
  });

  it('rejects a quote and a trade that are no numbers, by their index in the entry, and keeps the others', () => {
    const bad = quote(idOf(2500, 'C'), startMs, { bid: Number.NaN, ask: 1 });
    const { rejected, slices } = feed(createGreeksFold(), 1, [...opening(), bad, spotAt(startMs, Number.POSITIVE_INFINITY)]);
    expect(rejected).toEqual([
      [13, 'schema'],
      [14, 'schema'],
    ]);
    expect(statusOf(slices[0], '2500C')).toBe('ok');
  });

  it('keeps what it knows of the strikes that a newer listing still has', () => {
    const fold = createGreeksFold();
    feed(fold, 1, opening());
    const { slices } = feed(fold, 2, [listing({ strikes: [2700, 2600, 2550] }), spotAt(startMs + 1_000, 2500)]);
    expect(slices[0]?.head).toMatchObject({ strikes: [2550, 2600, 2700], seq: 2 });
    expect(cell(slices[0], 'iv', '2550C')).toBeCloseTo(0.21, 2);
    expect(statusOf(slices[0], '2700C')).toBe('no_quote');
  });
});

describe('expiry', () => {
  it('publishes what each option paid once, with the closing price, when a mark reaches the cut-off, and drops the slice', () => {
    const fold = createGreeksFold();
    feed(fold, 1, [...opening(), listing({ expiry: '2019-02-15', expiresMs: expiresMs + 1e9 })]);
    const { slices, chains } = feed(fold, 2, [mark(expiresMs), spotAt(expiresMs, 2520)]);
    const expired = slices.find(({ head }) => head.expiry === expiry);
    expect(expired?.head).toMatchObject({ seq: 2, spot: 2520, forward: 2520, forwardSource: 'spot', atmIv: null });
    expect(statusOf(expired, '2500C')).toBe('expired');
    expect([cell(expired, 'theoretical', '2500C'), cell(expired, 'delta', '2500C'), cell(expired, 'gamma', '2500C')]).toEqual([20, 1, 0]);
    expect(cell(expired, 'iv', '2500C')).toBeNaN();
    expect(chains.map((chain) => realtimeChain.parse(chain.data).expiries)).toEqual([['2019-02-15'], ['2019-02-15']]);
    const after = feed(fold, 3, [spotAt(expiresMs + 1_000, 2530), quote(idOf(2500, 'C'), expiresMs + 1_000, { bid: 1, ask: 2 })]);
    expect(after.slices.map(({ head }) => head.expiry)).toEqual(['2019-02-15']);
  });

  it('leaves the newest values an hour of market time later, once, and without an entry', () => {
    const fold = createGreeksFold();
    feed(fold, 1, opening());
    feed(fold, 2, [mark(expiresMs)]);
    expect(feed(fold, 3, [mark(expiresMs + 3_599_999)]).outputs).toEqual([]);
    expect(feed(fold, 4, [mark(expiresMs + 3_600_000)]).outputs).toEqual([
      {
        topic: 'greeks',
        fields: {},
        latest: [
          [`slice|${underlying}|${expiry}|head`, ''],
          [`slice|${underlying}|${expiry}|d`, ''],
        ],
      },
      { topic: 'chains', fields: {}, latest: [[`${underlying}||chain|${expiry}|closed`, '']] },
    ]);
    expect(feed(fold, 5, [mark(expiresMs + 7_200_000)]).outputs).toEqual([]);
  });

  it('stays among the newest values when it is listed anew', () => {
    const fold = createGreeksFold();
    feed(fold, 1, opening());
    feed(fold, 2, [mark(expiresMs), listing({ expiresMs: expiresMs + 1e9 })]);
    feed(fold, 3, [listing({ expiresMs: expiresMs + 1e9 })]);
    const { outputs } = feed(fold, 4, [mark(expiresMs + 3_600_000)]);
    expect(outputs.flatMap(({ latest }) => latest.map(([, value]) => value))).not.toContain('');
  });

  it('waits for the mark: records stamped past the cut-off price nothing', () => {
    const fold = createGreeksFold();
    feed(fold, 1, opening());
    expect(feed(fold, 2, [spotAt(expiresMs + 1_000, 2500)]).outputs).toEqual([]);
    expect(feed(fold, 3, [mark(expiresMs)]).slices).toHaveLength(1);
  });

  it('ignores a listing of an expiry that is past', () => {
    const fold = createGreeksFold();
    expect(feed(fold, 1, [mark(expiresMs), listing(), spotAt(expiresMs, 2500)]).outputs).toEqual([]);
  });
});

describe('a snapshot of the fold', () => {
  const entries = [
    opening(),
    [spotAt(startMs + 10, 2501), listing({ expiry: '2019-02-15', expiresMs: expiresMs + 1e9 })],
    [mark(startMs + 1_000), ...quotes(startMs + 1_000, { forward: 2512, volatility: 0.22 })],
    [spotAt(startMs + 2_000, 2505)],
    [mark(expiresMs), spotAt(expiresMs, 2511)],
    [mark(expiresMs + 3_600_000)],
  ];
  const run = (restoreAfter: number): readonly (readonly Output[])[] => {
    let fold = createGreeksFold();
    return entries.map((records, index) => {
      const { outputs } = feed(fold, index + 1, records);
      if (index === restoreAfter) fold = createGreeksFold(fold.snapshot());
      return outputs;
    });
  };

  it.each([0, 1, 2, 3, 4])('taken after entry %i gives the same outputs byte for byte from there on', (restoreAfter) => {
    expect(run(restoreAfter)).toEqual(run(-1));
  });

  it('keeps market time: a late first price goes out under the time that was reached', () => {
    const before = createGreeksFold();
    feed(before, 1, [listing(), mark(startMs + 1_000), ...quotes(startMs, { forward: 2510, volatility: 0.2 })]);
    const { slices } = feed(createGreeksFold(before.snapshot()), 2, [spotAt(startMs, 2500)]);
    expect(slices[0]?.head.tsMs).toBe(startMs + 1_000);
  });

  it('that is cut short is refused', () => {
    const fold = createGreeksFold();
    feed(fold, 1, opening());
    expect(() => createGreeksFold(fold.snapshot().subarray(0, -8))).toThrow('snapshot has');
  });
});
