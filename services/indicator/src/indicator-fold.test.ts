import { describe, expect, it } from '@jest/globals';
import type { LogEntry, Output, PartitionFold } from '@signal/bus';
import { type Bar, decodeMarketBody, encodeMarketBody, type MarketRecord, type Signal } from '@signal/contracts';
import { type BarColumns, computeBatch } from '@signal/indicators';
import fc from 'fast-check';
import { createIndicatorFold } from './indicator-fold.ts';

const MINUTE = 60_000;
const START = Date.UTC(2018, 11, 31, 14, 30);

type BarChange = Partial<Omit<Bar, 'kind'>>;

const bar = (row: number, change: BarChange = {}): Bar => {
  const close = 100 + 10 * Math.sin(row * 1.7) + (row % 7);
  const startMs = START + row * MINUTE;
  const prices = { open: close - 1, high: close + 2, low: close - 3, close, volume: 10 * row };
  return {
    kind: 'bar',
    instrument: 'INDEX:SPX',
    interval: '1m',
    startMs,
    endMs: startMs + MINUTE,
    ...prices,
    final: true,
    rev: 0,
    source: 'bridged',
    session: '',
    ...change,
  };
};
const forming = (row: number, change: BarChange = {}): Bar => bar(row, { final: false, ...change });
const plan = (expression: string, kind: 'plan-start' | 'plan-stop' = 'plan-start', interval = '1m'): MarketRecord => ({
  kind,
  instrument: 'INDEX:SPX',
  interval,
  expression,
});

const entryOf = (n: number, records: readonly MarketRecord[]): LogEntry => {
  const { head, d } = encodeMarketBody(records);
  return { id: `${n}-0`, n, prev: `${n - 1}-0`, wallMs: 0, body: decodeMarketBody(head, d) };
};

type Letter = readonly [index: number, code: string, message: string];

/** A fold fed entry by entry, with what it published. */
class Run {
  fold: PartitionFold;
  n = 0;
  readonly outputs: Output[] = [];
  readonly letters: Letter[] = [];
  readonly latest = new Map<string, string>();

  constructor(snapshot?: Uint8Array) {
    this.fold = createIndicatorFold(snapshot);
  }

  feed(...records: readonly MarketRecord[]): readonly Signal[] {
    this.n += 1;
    const outputs = this.fold.apply(entryOf(this.n, records), (index, code, message) =>
      this.letters.push([index, code, message]),
    ) as readonly Output[];
    this.outputs.push(...outputs);
    for (const [field, value] of outputs.flatMap((output) => output.latest)) this.latest.set(field, String(value));
    return outputs.flatMap((output) => ('json' in output.fields ? (JSON.parse(String(output.fields['json'])) as Signal[]) : []));
  }
}

const columnsOf = (bars: readonly Bar[]): BarColumns =>
  Object.fromEntries(
    (['open', 'high', 'low', 'close', 'volume'] as const).map((name) => [name, Float64Array.from(bars, (one) => one[name])]),
  ) as BarColumns;

const readingsOf = (expression: string, bars: readonly Bar[]): readonly Record<string, number | null>[] => {
  const columns = computeBatch(expression, columnsOf(bars));
  return bars.map((_, row) =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, Number.isNaN(column[row]) ? null : (column[row] ?? null)])),
  );
};

const many = (count: number): readonly Bar[] => Array.from({ length: count }, (_, row) => bar(row));

describe('the indicator fold', () => {
  it('publishes every closed bar of a planned series, null while it warms up', () => {
    const run = new Run();
    run.feed(plan('rsi(3)'));
    const signals = many(6).flatMap((one) => run.feed(one));
    const wanted = readingsOf('rsi(3)', many(6));
    expect(signals).toEqual(
      wanted.map((data, row) => ({
        instrument: 'INDEX:SPX',
        interval: '1m',
        expression: 'rsi(3)',
        seq: row + 1,
        tsMs: START + row * MINUTE,
        final: true,
        data,
      })),
    );
    expect(signals.map(({ data }) => data['rsi'] === null)).toEqual([true, true, true, false, false, false]);
    expect(run.latest.get('INDEX:SPX|1m|rsi(3)|closed')).toBe(JSON.stringify(signals.at(-1)));
  });

  it('peeks a forming bar and leaves the closed readings as they would be', () => {
    const run = new Run();
    run.feed(plan('macd(2,3,2)'), ...many(10));
    const [peeked] = run.feed(forming(10, { close: 500 }));
    expect(peeked).toMatchObject({
      final: false,
      tsMs: START + 10 * MINUTE,
      seq: 11,
      data: readingsOf('macd(2,3,2)', [...many(10), bar(10, { close: 500 })])[10],
    });
    const [closed] = run.feed(bar(10));
    expect(closed).toMatchObject({ final: true, data: readingsOf('macd(2,3,2)', many(11))[10] });
    expect(run.latest.get('INDEX:SPX|1m|macd(2,3,2)|forming')).toBe(JSON.stringify(peeked));
  });

  it('folds a plan from the first bar on, whenever it starts', () => {
    const run = new Run();
    run.feed(...many(40), forming(40));
    const signals = run.feed(plan('atr'), plan('rsi'));
    expect(signals.map(({ expression, final, data }) => [expression, final, data])).toEqual([
      ['atr(14)', true, readingsOf('atr(14)', many(40))[39]],
      ['atr(14)', false, readingsOf('atr(14)', many(41))[40]],
      ['rsi(14)', true, readingsOf('rsi(14)', many(40))[39]],
      ['rsi(14)', false, readingsOf('rsi(14)', many(41))[40]],
    ]);
    expect(run.feed(plan('rsi(14)'))).toEqual([]);
    expect(run.feed(bar(40)).map(({ data }) => data)).toEqual([readingsOf('atr(14)', many(41))[40], readingsOf('rsi(14)', many(41))[40]]);
  });

  it('stops a plan, empties its latest values, and goes on with its seq when it starts again', () => {
    const run = new Run();
    run.feed(plan('sma(2)'), ...many(3));
    expect(run.feed(plan('sma(2)', 'plan-stop'), bar(3))).toEqual([]);
    expect(run.latest.get('INDEX:SPX|1m|sma(2)|closed')).toBe('');
    expect(run.feed(plan('sma(2)'))).toMatchObject([{ seq: 4, tsMs: START + 3 * MINUTE }]);
    expect(run.feed(plan('sma(9)', 'plan-stop'))).toEqual([]);
  });

  it('keeps instruments and intervals apart in one slab', () => {
    const run = new Run();
    run.feed(plan('sma(2)'), plan('sma(2)', 'plan-start', '5m'), bar(0), bar(0, { interval: '5m', close: 7 }));
    // The slab grows here, with what it holds.
    run.feed(...[1, 2, 3, 4, 5].map((at) => plan('sma(2)', 'plan-start', `${at}h`)));
    const signals = run.feed(bar(0, { interval: '5h', close: 9 }), bar(1), bar(5, { interval: '5m', close: 9 }));
    expect(signals.map(({ interval, data }) => [interval, data['sma']])).toEqual([
      ['5h', null],
      ['1m', (bar(0).close + bar(1).close) / 2],
      ['5m', 8],
    ]);
  });

  it('refolds a corrected bar and publishes the readings that changed, with the new rev', () => {
    const run = new Run();
    run.feed(plan('sma(3)'), plan('rsi(3)'), ...many(20), forming(20));
    const corrected = bar(10, { close: 150, rev: 1 });
    const signals = run.feed(corrected);
    const bars = many(20).with(10, corrected);
    const readings = signals.filter(({ final, expression }) => final && expression === 'sma(3)');
    expect(readings.map(({ tsMs, rev, data }) => [tsMs, rev, data])).toEqual(
      [10, 11, 12].map((row) => [START + row * MINUTE, 1, readingsOf('sma(3)', bars)[row]]),
    );
    expect(signals.filter(({ final, expression }) => final && expression === 'rsi(3)').map(({ data }) => data)).toEqual(
      readingsOf('rsi(3)', bars).slice(10),
    );
    expect(signals.filter(({ final }) => !final)).toHaveLength(2);
    // An older reading is not the latest one.
    expect(JSON.parse(run.latest.get('INDEX:SPX|1m|sma(3)|closed') ?? '')).toMatchObject({ tsMs: START + 19 * MINUTE });
    expect(run.feed(bar(20)).map(({ rev, data }) => [rev, data])).toEqual([
      [1, readingsOf('sma(3)', [...bars, bar(20)])[20]],
      [1, readingsOf('rsi(3)', [...bars, bar(20)])[20]],
    ]);
  });

  it('takes an earlier bar that comes late as a new rev of the series', () => {
    const run = new Run();
    run.feed(plan('sma(2)'), ...many(6).toSpliced(2, 1));
    const signals = run.feed(bar(2));
    const wanted = readingsOf('sma(2)', many(6));
    expect(signals.slice(0, 2).map(({ tsMs }) => tsMs)).toEqual([START + 2 * MINUTE, START + 3 * MINUTE]);
    // Later ones may change in their last bit, because the ring turns at another bar.
    expect(signals.map(({ rev, data }) => [rev, data])).toEqual(signals.map(({ tsMs }) => [1, wanted[(tsMs - START) / MINUTE]]));
    expect(run.feed(bar(6)).map(({ data }) => data)).toEqual([readingsOf('sma(2)', many(7))[6]]);
  });

  it('ignores a bar that it has, and rejects one that contradicts it or forms in the past', () => {
    const run = new Run();
    run.feed(plan('sma(2)'), ...many(5));
    expect(run.feed(bar(4), bar(2))).toEqual([]);
    expect(run.letters).toEqual([]);
    expect(run.feed({ kind: 'mark', feed: 'replay', tMs: START }, bar(2, { close: 1 }), forming(3))).toEqual([]);
    expect(run.letters.map(([index, code]) => [index, code])).toEqual([
      [1, 'argument_invalid'],
      [2, 'argument_invalid'],
    ]);
    expect(run.feed(forming(4, { rev: 1 }))).toEqual([]);
    expect(run.letters).toHaveLength(2);
  });

  it('rejects a plan that it cannot read, and goes on with the rest', () => {
    const run = new Run();
    const signals = run.feed(
      bar(0),
      plan('nope(3)'),
      plan('rsi(1)'),
      plan('rsi', 'plan-start', '7x'),
      { kind: 'plan-start', instrument: 'spx', interval: '1m', expression: 'rsi' },
      plan('sma(1)'),
    );
    expect(run.letters.map(([index, code]) => [index, code])).toEqual([
      [1, 'expression_invalid'],
      [2, 'expression_invalid'],
      [3, 'interval_invalid'],
      [4, 'instrument_invalid'],
    ]);
    expect(signals).toMatchObject([{ expression: 'sma(1)', data: { sma: bar(0).close } }]);
  });

  it('rejects what would take more memory than a partition has', () => {
    const run = new Run();
    run.feed(...Array.from({ length: 84 }, (_, index) => plan(`sma(${100_000 - index})`)));
    expect(run.letters).toMatchObject([[83, 'overloaded', expect.stringMatching(/^sma\(99917\) needs 99920 numbers/)]]);
    run.feed(plan('sma(100000)', 'plan-stop'), plan('sma(99917)'));
    expect(run.letters).toHaveLength(1);
  });

  it('cuts what it publishes for one entry into chunks below 64 KiB', () => {
    const run = new Run();
    run.feed(plan('bbands'), ...many(2000));
    const sizes = run.outputs.map(({ fields }) => String(fields['json']).length);
    expect(Math.max(...sizes)).toBeLessThan(65_536);
    expect(sizes.length).toBeGreaterThan(4);
    expect(run.outputs.reduce((sum, { fields }) => sum + Number(fields['n']), 0)).toBe(2000);
  });
});

describe('a snapshot of the fold', () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('next' as const), close: fc.integer({ min: 1, max: 200 }), isFinal: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('correct' as const), back: fc.integer({ min: 1, max: 9 }), close: fc.integer({ min: 1, max: 200 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('plan' as const),
        expression: fc.constantFrom('rsi(3)', 'macd(2,4,3)', 'sma(bbands(4),2)', 'cdl_engulfing'),
        isStart: fc.boolean(),
      }),
    },
  );
  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

  const recordsOf = (steps: readonly Step[]): readonly MarketRecord[] => {
    let row = 0;
    return steps.map((one, index): MarketRecord => {
      if (one.kind === 'plan') return plan(one.expression, one.isStart ? 'plan-start' : 'plan-stop');
      if (one.kind === 'correct') return bar(Math.max(0, row - one.back), { close: one.close, rev: index + 1 });
      return bar(one.isFinal ? row++ : row, { close: one.close, final: one.isFinal });
    });
  };

  it('goes on with equal outputs from wherever it was taken', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), fc.nat(), (steps, cut) => {
        const records = recordsOf(steps);
        const at = cut % records.length;
        const whole = new Run();
        for (const record of records.slice(0, at)) whole.feed(record);
        // As Redis gives it: a Buffer at some place of a larger one.
        const stored = Buffer.concat([Buffer.alloc(3), whole.fold.snapshot()]).subarray(3);
        const restored = new Run(stored);
        restored.n = whole.n;
        whole.outputs.length = 0;
        for (const record of records.slice(at)) {
          whole.feed(record);
          restored.feed(record);
        }
        expect(restored.outputs).toEqual(whole.outputs);
        expect(restored.fold.snapshot()).toEqual(whole.fold.snapshot());
      }),
      { numRuns: 200, seed: 9 },
    );
  });

  it('of another catalogue is folded anew from its bars', () => {
    const run = new Run();
    run.feed(plan('rsi(3)'), plan('sma(4)'), ...many(30), forming(30));
    const bytes = run.fold.snapshot();
    const text = Buffer.from(bytes).toString('latin1');
    const version = /"catalogue":"([0-9a-f]{16})"/.exec(text)?.[1] ?? '';
    const other = new Uint8Array(Buffer.from(text.replace(version, '0'.repeat(16)).replace('["sma(4)",7]', '["smz(4)",7]'), 'latin1'));
    const restored = new Run(other);
    expect(restored.feed(bar(30)).map(({ expression, seq, data }) => [expression, seq, data])).toEqual([
      ['rsi(3)', 32, readingsOf('rsi(3)', many(31))[30]],
    ]);
  });

  it('of another length is refused', () => {
    const run = new Run();
    run.feed(plan('rsi(3)'), ...many(3));
    const bytes = run.fold.snapshot();
    expect(() => createIndicatorFold(new Uint8Array([...bytes, ...new Uint8Array(8)]))).toThrow(
      expect.objectContaining({ code: 'snapshot_incompatible' }),
    );
  });
});
