import { describe, expect, it } from '@jest/globals';
import { compileExpression } from './compile-expression.ts';
import { computeBatch } from './compute-batch.ts';
import { barAt, madeUpBars } from './made-up-bars.ts';

const bars = madeUpBars(400, 31);
const empty = new Float64Array(400).fill(Number.NaN);

describe('a compiled expression', () => {
  it('takes the source that it names', () => {
    const hlc3 = bars.close.map((close, row) => ((bars.high[row] ?? 0) + (bars.low[row] ?? 0) + close) / 3);
    expect(computeBatch('sma(5,source=hlc3)', bars)).toEqual(computeBatch('sma(5)', { ...bars, close: hlc3 }));
    expect(computeBatch('sma(5,source=volume)', bars)).toEqual(computeBatch('sma(5)', { ...bars, close: bars.volume }));
  });

  it('feeds an inner output into the outer indicator once it is there', () => {
    const inner = computeBatch('macd(12,26,9)', bars)['macdsignal'] ?? empty;
    const series = compileExpression('sma(macd.macdsignal,10)');
    expect(series.warmup).toBe(33 + 9);
    expect(computeBatch(series, bars)).toEqual(computeBatch('sma(10)', { ...bars, close: inner }));
  });

  it('takes the first output of an inner indicator that has several', () => {
    expect(computeBatch('sma(bbands(20),3)', bars)).toEqual(computeBatch('sma(bbands(20).upperband,3)', bars));
  });

  it('gives the one output that is asked for', () => {
    const readings = computeBatch('macd.macdhist', bars);
    expect(Object.keys(readings)).toEqual(['macdhist']);
    expect(readings['macdhist']).toEqual(computeBatch('macd', bars)['macdhist']);
  });

  it('computes equal parts once', () => {
    const once = compileExpression('sma(rsi(14),5)').stride;
    expect(once).toBe(compileExpression('rsi').stride + compileExpression('sma(5)').stride);
  });

  it('needs only the columns that it reads', () => {
    expect(computeBatch('rsi', { open: empty, high: empty, low: empty, volume: empty, close: bars.close })).toEqual(computeBatch('rsi', bars));
  });

  it('keeps two slots of one slab apart', () => {
    const series = compileExpression('bbands(5)');
    const slab = new Float64Array(2 * series.stride);
    series.reset(slab, 0);
    series.reset(slab, series.stride);
    const other = madeUpBars(400, 32);
    const pairs = Array.from({ length: 400 }, (_, row) => [
      [...series.update(slab, 0, barAt(bars, row))],
      [...series.update(slab, series.stride, barAt(other, row))],
    ]);
    const alone = [bars, other].map((columns) => computeBatch(series, columns));
    expect(pairs.map(([first]) => first?.[0])).toEqual([...(alone[0]?.['upperband'] ?? [])]);
    expect(pairs.map(([, second]) => second?.[0])).toEqual([...(alone[1]?.['upperband'] ?? [])]);
  });

  it.each([
    ['sma(NASDAQ:AAPL.close,20)', 4, /NASDAQ:AAPL is another instrument/],
    ['NASDAQ:AAPL.rsi', 0, /NASDAQ:AAPL is another instrument/],
    ['rsi(14)@1h', 0, /1h is another interval/],
    ['sma(rsi@1d,3)', 4, /1d is another interval/],
  ])('refuses %s, whose bars are not its own', (text, offset, detail) => {
    expect(() => compileExpression(text, '/indicators/2')).toThrow(
      expect.objectContaining({ code: 'expression_invalid', errors: [{ pointer: '/indicators/2', offset, detail: expect.stringMatching(detail) }] }),
    );
  });
});

describe('rsi', () => {
  it('is 100 when every bar rises, 0 when none does and when nothing moves', () => {
    const rising = Float64Array.from({ length: 30 }, (_, row) => 10 + row);
    const last = (close: Float64Array): number | undefined => computeBatch('rsi', { ...bars, close })['rsi']?.at(-1);
    expect(last(rising)).toBe(100);
    expect(last(rising.toReversed())).toBe(0);
    expect(last(new Float64Array(30).fill(5))).toBe(0);
  });
});

describe('bbands', () => {
  it('has no width on flat prices, however they came there', () => {
    const close = Float64Array.from({ length: 60 }, (_, row) => (row < 22 ? 1e6 * row : 3));
    const { upperband, middleband, lowerband } = computeBatch('bbands(7)', { ...bars, close });
    for (const band of [upperband, middleband, lowerband]) expect([...(band ?? [])].slice(28)).toEqual(Array.from({ length: 32 }, () => 3));
  });
});

describe('macd', () => {
  it('swaps a fast length that is longer than the slow one', () => {
    expect(computeBatch('macd(26,12,9)', bars)).toEqual(computeBatch('macd(12,26,9)', bars));
  });
});
