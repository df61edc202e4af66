import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Catalogue, CatalogueEntry, ParameterSpec } from '../catalogue.ts';
import { isSignalError } from '../errors.ts';
import { type Condition, comparisons, type Expression, type IndicatorExpression, priceSources } from './ast.ts';
import { canonical, canonicalCondition } from './canonical.ts';
import { parseCondition } from './parse-condition.ts';
import { parseExpression } from './parse-expression.ts';
import { splitList } from './split-list.ts';

const whole = (byDefault: number, min: number): ParameterSpec => ({ type: 'int', default: byDefault, min, max: 100_000 });
const real = (byDefault: number): ParameterSpec => ({ type: 'float', default: byDefault, min: -3e37, max: 3e37 });
const averages = { 0: 'sma', 1: 'ema', 2: 'wma', 3: 'dema', 4: 'tema', 5: 'trima', 6: 'kama', 7: 'mama', 8: 't3', 13: 'rma' };

const entry = (id: string, rest: Partial<CatalogueEntry>): CatalogueEntry => ({
  id,
  name: id,
  category: 'test',
  inputs: ['close'],
  series: 1,
  params: { length: whole(14, 2) },
  outputs: [id],
  aliases: [],
  warmup: 1,
  ...rest,
});

const catalogue: Catalogue = new Map(
  [
    entry('rsi', {}),
    entry('sma', { params: { length: whole(30, 1) } }),
    entry('ema', { params: { length: whole(30, 1) } }),
    entry('atr', { inputs: ['high', 'low', 'close'], series: 0 }),
    entry('rma', { aliases: ['wilders', 'smma'] }),
    entry('macd', { params: { fast: whole(12, 2), slow: whole(26, 2), signal: whole(9, 1) }, outputs: ['macd', 'macdsignal', 'macdhist'] }),
    entry('bbands', {
      params: { length: whole(20, 2), std_up: real(2), std_down: real(2), mamode: { type: 'matype', default: 0, values: averages } },
      mirrors: { std_down: 'std_up' },
      outputs: ['upperband', 'middleband', 'lowerband'],
    }),
    entry('ma', { params: { length: whole(30, 1), mamode: { type: 'matype', default: 0, values: averages } } }),
    entry('correl', { inputs: ['high', 'low'], series: 2, params: { length: whole(30, 1) } }),
    entry('medprice', { inputs: ['high', 'low'], series: 0, params: {}, aliases: ['hl2'] }),
    entry('slope', { params: { length: whole(1, 1), as_angle: { type: 'bool', default: false } } }),
    entry('bias', { params: { length: whole(26, 1), mamode: { type: 'enum', default: 'sma', values: ['sma', 'ema'] } } }),
    entry('cdl_engulfing', { inputs: ['open', 'high', 'low', 'close'], series: 0, params: {} }),
  ].map((one) => [one.id, one]),
);

const canonicalOf = (text: string): string => canonical(parseExpression(text, catalogue));

const faultOf = (run: () => unknown): Readonly<{ offset?: number; detail: string; pointer: string }> => {
  try {
    run();
  } catch (error) {
    if (!isSignalError(error, 'expression_invalid') || error.errors[0] === undefined) throw error;
    return error.errors[0];
  }
  return { detail: 'no error', pointer: '' };
};

describe('the canonical form', () => {
  it.each([
    ['rsi', 'rsi(14)'],
    ['rsi(14)', 'rsi(14)'],
    [' rsi ( 14 ) ', 'rsi(14)'],
    ['macd', 'macd(12,26,9)'],
    ['macd(5)', 'macd(5,26,9)'],
    ['macd(signal=5)', 'macd(12,26,5)'],
    ['macd(5,signal=4,slow=20)', 'macd(5,20,4)'],
    ['bbands', 'bbands(20,2,2,0)'],
    ['bbands(20,3)', 'bbands(20,3,3,0)'],
    ['bbands(20,3,2.50)', 'bbands(20,3,2.5,0)'],
    ['bbands(20,3,mamode=ema)', 'bbands(20,3,3,1)'],
    ['bbands(std_up=3)', 'bbands(20,3,2,0)'],
    ['bbands(20,2,2,rma)', 'bbands(20,2,2,13)'],
    ['ma(9,t3)', 'ma(9,8)'],
    ['ma(9,mamode=13)', 'ma(9,13)'],
    ['rsi(1.4e1)', 'rsi(14)'],
    ['bbands(20,-0.0)', 'bbands(20,0,0,0)'],
    ['bbands(20,+1e21)', 'bbands(20,1e+21,1e+21,0)'],
    ['sma(20,source=volume)', 'sma(20,source=volume)'],
    ['sma(volume,20)', 'sma(20,source=volume)'],
    ['sma(source=hl2)', 'sma(30,source=hl2)'],
    ['sma(close)', 'sma(30)'],
    ['sma(20,source=close)', 'sma(20)'],
    ['sma(rsi,5)', 'sma(5,source=rsi(14))'],
    ['sma(rsi(),5)', undefined],
    ['sma(sma(sma(close,2),3),4)', 'sma(4,source=sma(3,source=sma(2)))'],
    ['sma(macd,5)', 'sma(5,source=macd(12,26,9))'],
    ['sma(macd.macd,5)', 'sma(5,source=macd(12,26,9))'],
    ['sma(macd.macdhist,5)', 'sma(5,source=macd(12,26,9).macdhist)'],
    ['macd.macd', 'macd(12,26,9).macd'],
    ['macd(12,26).macdsignal', 'macd(12,26,9).macdsignal'],
    ['rsi.rsi', 'rsi(14)'],
    ['rsi@1h', 'rsi(14)@1h'],
    ['rsi @ 1M', 'rsi(14)@1M'],
    ['macd.macdhist@4h', 'macd(12,26,9).macdhist@4h'],
    ['NASDAQ:AAPL.rsi(14)', 'NASDAQ:AAPL.rsi(14)'],
    ['NYSE:BRK.B.rsi@1d', 'NYSE:BRK.B.rsi(14)@1d'],
    ['sma(NASDAQ:AAPL.close,20)', 'sma(20,source=NASDAQ:AAPL.close)'],
    ['sma(source=NASDAQ:AAPL.close@1d)', 'sma(30,source=NASDAQ:AAPL.close@1d)'],
    ['sma(INDEX:SPX-20190118-2500-C.close)', 'sma(30,source=INDEX:SPX-20190118-2500-C.close)'],
    ['correl(high,low)', 'correl(30)'],
    ['correl(close,NASDAQ:AAPL.close,9)', 'correl(close,NASDAQ:AAPL.close,9)'],
    ['correl(ema(12),ema(26))', 'correl(ema(12),ema(26),30)'],
    ['wilders(9)', 'rma(9)'],
    ['smma', 'rma(14)'],
    ['hl2', 'medprice'],
    ['sma(hl2(1))', undefined],
    ['slope', 'slope(1,false)'],
    ['slope(as_angle=true)', 'slope(1,true)'],
    ['slope(2,true)', 'slope(2,true)'],
    ['bias(mamode=ema)', 'bias(26,ema)'],
    ['bias(9,ema)', 'bias(9,ema)'],
    ['cdl_engulfing', 'cdl_engulfing'],
  ])('of %s is %s', (text, expected) => {
    if (expected === undefined) expect(faultOf(() => canonicalOf(text)).detail).not.toBe('no error');
    else expect(canonicalOf(text)).toBe(expected);
  });
});

describe('a fault in an expression', () => {
  it.each([
    ['', 0, 'the end stands where an indicator is expected'],
    ['nope(3)', 0, '"nope" is not in the catalogue'],
    ['RSI(14)', 0, '"RSI" is not in the catalogue; ids are lower case: rsi'],
    ['rsi(', 4, 'the end stands where an indicator is expected'],
    ['rsi()', 4, '")" stands where an indicator is expected'],
    ['rsi(14', 6, 'the end stands where ) is expected after the arguments'],
    ['rsi(14))', 7, '")" stands where the end is expected'],
    ['rsi(14,15)', 7, 'rsi takes 1 parameter: length'],
    ['cdl_engulfing(3)', 14, 'cdl_engulfing takes no parameters'],
    ['rsi(1)', 4, 'length is 1, and must be a whole number from 2 to 100000'],
    ['rsi(-14)', 4, 'length is -14, and must be a whole number from 2 to 100000'],
    ['rsi(14.5)', 4, 'length is 14.5, and must be a whole number from 2 to 100000'],
    ['rsi(100001)', 4, 'length is 100001, and must be a whole number from 2 to 100000'],
    ['rsi(length=true)', 4, 'length is true, and must be a whole number from 2 to 100000'],
    ['rsi(14,length=15)', 7, 'length is given twice'],
    ['rsi(length=14,15)', 14, 'an argument without a name stands after one with a name'],
    ['rsi(period=14)', 4, 'rsi has no parameter period, only length source'],
    ['rsi(constructor=14)', 4, 'rsi has no parameter constructor, only length source'],
    ['rsi(14,source=3)', 7, 'source is 3, and must be a price or an indicator'],
    ['rsi(14,close)', 7, 'a series stands before the numbers, or after source='],
    ['rsi(close,open,14)', 10, 'rsi takes one series'],
    ['sma(close,source=open)', 10, 'source is given twice'],
    ['macd(12,close)', 8, 'a series stands before the numbers, or after source='],
    ['atr(close)', 4, 'atr takes no source; it reads high low close'],
    ['correl(close)', 0, 'correl takes two series, and one is given'],
    ['correl(source=close)', 7, 'correl takes its two series first, without a name'],
    ['bbands(20,2,2,9)', 14, 'mamode is 9, and must be one of 0 sma, 1 ema, 2 wma, 3 dema, 4 tema, 5 trima, 6 kama, 7 mama, 8 t3, 13 rma'],
    ['bbands(mamode=hull)', 7, 'mamode is hull, and must be one of 0 sma, 1 ema, 2 wma, 3 dema, 4 tema, 5 trima, 6 kama, 7 mama, 8 t3, 13 rma'],
    ['slope(as_angle=1)', 6, 'as_angle is 1, and must be true or false'],
    ['bias(mamode=wma)', 5, 'mamode is wma, and must be one of sma ema'],
    ['macd.signal', 5, '"signal" is no output of macd, which has macd macdsignal macdhist'],
    ['rsi@1x', 3, '@1x is not @ and an interval such as 15m or 1d'],
    ['rsi@99999h', 3, 'interval is "99999h", and must be a whole number and a unit, at most 86400s 1440m 24h 3650d 520w 120M'],
    ['sma(rsi(1),3)', 8, 'length is 1, and must be a whole number from 2 to 100000'],
    ['close', 0, 'close is a price and no indicator; it can be the source of one'],
    ['rsi(14) < 30', 8, '"<" stands where the end is expected'],
    ['rsi$', 3, '"$" is not part of an expression'],
    ['NASDAQ:AAPL', 6, '":" is not part of an expression'],
  ])('in %s is told at its character', (text, offset, detail) => {
    expect(faultOf(() => parseExpression(text, catalogue, '/indicators/3'))).toEqual({ pointer: '/indicators/3', offset, detail });
  });

  it('is a text, a nesting or a number of parts that is too great', () => {
    const nested = (levels: number): string => (levels === 1 ? 'rsi' : `sma(${nested(levels - 1)},2)`);
    expect(canonicalOf(nested(8))).toContain('rsi(14)');
    expect(faultOf(() => canonicalOf(nested(9))).detail).toBe('the expression is nested deeper than 8');
    const wide = (parts: number): string => Array.from({ length: parts }, () => '1').join('+');
    expect(() => parseCondition(`${wide(31)}<9`, catalogue)).not.toThrow();
    expect(faultOf(() => parseCondition(`${wide(33)}<9`, catalogue)).detail).toBe('the expression has more than 64 parts');
    expect(faultOf(() => canonicalOf(`rsi${' '.repeat(1000)}`))).toMatchObject({
      offset: 1000,
      detail: 'the text has 1003 characters, and may have 1000',
    });
    expect(faultOf(() => parseCondition(`${'('.repeat(400)}1<2`, catalogue)).detail).toBe('the expression is nested deeper than 8');
    expect(faultOf(() => parseCondition(`${'-'.repeat(400)}1<2`, catalogue)).detail).toBe('the expression is nested deeper than 8');
  });

  it('is found in any text without another error', () => {
    const piece = fc.constantFrom(
      'rsi',
      'macd',
      'close',
      '(',
      ')',
      ',',
      '.',
      '=',
      '@1h',
      '@',
      '14',
      '-',
      '+',
      'NASDAQ:AAPL.',
      'not',
      'and',
      '<',
      'cross',
      ' ',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        for (const parse of [parseExpression, parseCondition]) {
          const { offset = 0 } = faultOf(() => parse(text, catalogue));
          expect(offset).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

describe('parsing the canonical form', () => {
  const place = fc.record({ instrument: fc.constantFrom('NASDAQ:AAPL', 'NYSE:BRK.B'), interval: fc.constantFrom('1h', '5m') }, { requiredKeys: [] });
  const price: fc.Arbitrary<Expression> = fc
    .tuple(place, fc.constantFrom(...priceSources))
    .map(([where, name]) => ({ kind: 'price', ...where, price: name, offset: 0 }));
  const valueOf = (spec: ParameterSpec): fc.Arbitrary<number | boolean | string> => {
    if (spec.type === 'bool') return fc.boolean();
    if (spec.type === 'enum') return fc.constantFrom(...spec.values);
    if (spec.type === 'matype') return fc.constantFrom(...Object.keys(spec.values).map(Number));
    return spec.type === 'int' ? fc.integer({ min: spec.min, max: spec.max }) : fc.double({ min: spec.min, max: spec.max, noNaN: true });
  };
  const indicator = (source: fc.Arbitrary<Expression>): fc.Arbitrary<IndicatorExpression> =>
    fc.constantFrom(...catalogue.values()).chain((of) =>
      fc
        .record({
          params: fc.record(Object.fromEntries(Object.entries(of.params).map(([name, spec]) => [name, valueOf(spec)]))),
          sources: fc.array(source, { minLength: of.series, maxLength: of.series }),
          output: fc.constantFrom(...of.outputs),
          where: place,
        })
        .map(({ params, sources, output, where }) => ({ kind: 'indicator', ...where, id: of.id, params, sources, output, offset: 0 })),
    );
  const anyExpression = indicator(fc.oneof(price, indicator(fc.oneof(price, indicator(price)))));

  it('gives the same form back', () => {
    fc.assert(
      fc.property(anyExpression, (expression) => {
        const once = canonicalOf(canonical(expression));
        expect(canonicalOf(once)).toBe(once);
      }),
      { numRuns: 1000, seed: 2 },
    );
  });

  it('gives the same condition back', () => {
    const operand = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value): Condition => ({ kind: 'number', value, offset: 0 })),
      indicator(price),
      price,
    );
    const { sum } = fc.letrec<{ sum: Condition }>((tie) => ({
      sum: fc.oneof(
        { maxDepth: 2 },
        operand,
        fc.record({
          kind: fc.constant('binary' as const),
          operator: fc.constantFrom('+', '-', '*', '/'),
          left: tie('sum'),
          right: tie('sum'),
          offset: fc.constant(0),
        }),
        fc.record({ kind: fc.constant('unary' as const), operator: fc.constant('-' as const), operand: tie('sum'), offset: fc.constant(0) }),
      ) as fc.Arbitrary<Condition>,
    }));
    const { claim } = fc.letrec<{ claim: Condition }>((tie) => ({
      claim: fc.oneof(
        { maxDepth: 2 },
        fc.record({ kind: fc.constant('binary' as const), operator: fc.constantFrom(...comparisons), left: sum, right: sum, offset: fc.constant(0) }),
        fc.record({
          kind: fc.constant('cross' as const),
          direction: fc.constantFrom('over', 'under'),
          left: sum,
          right: sum,
          offset: fc.constant(0),
        }),
        fc.record({
          kind: fc.constant('binary' as const),
          operator: fc.constantFrom('and', 'or'),
          left: tie('claim'),
          right: tie('claim'),
          offset: fc.constant(0),
        }),
        fc.record({ kind: fc.constant('unary' as const), operator: fc.constant('not' as const), operand: tie('claim'), offset: fc.constant(0) }),
      ) as fc.Arbitrary<Condition>,
    }));
    let parsed = 0;
    fc.assert(
      fc.property(claim, (condition) => {
        const text = canonicalCondition(condition);
        let once: string;
        try {
          once = canonicalCondition(parseCondition(text, catalogue));
        } catch (error) {
          // Made-up conditions may be too long, too deep or too wide.
          expect(isSignalError(error, 'expression_invalid') && error.message).toMatch(/deeper than|more than|characters/);
          return;
        }
        parsed += 1;
        expect(canonicalCondition(parseCondition(once, catalogue))).toBe(once);
      }),
      { numRuns: 500, seed: 3 },
    );
    expect(parsed).toBeGreaterThan(200);
  });
});

describe('a condition', () => {
  const conditionOf = (text: string): string => canonicalCondition(parseCondition(text, catalogue));

  it.each([
    ['rsi(14) < 30', 'rsi(14)<30'],
    ['rsi<30 and cross(ema(12),ema(26))', 'rsi(14)<30 and crossover(ema(12),ema(26))'],
    ['crossunder(macd.macd, macd.macdsignal) or not rsi >= 70.0', 'crossunder(macd(12,26,9),macd(12,26,9).macdsignal) or not rsi(14)>=70'],
    ['close > sma(200) * 1.02', 'close>sma(200)*1.02'],
    ['(close - sma(20)) / atr >= 2', '(close-sma(20))/atr(14)>=2'],
    ['close - (open - low) != 0', 'close-(open-low)!=0'],
    ['close - open - low == 0', 'close-open-low==0'],
    ['(rsi<30 or rsi>70) and not (close<open and volume>0)', '(rsi(14)<30 or rsi(14)>70) and not (close<open and volume>0)'],
    ['-rsi < -30', '-rsi(14)<-30'],
    ['1 - -1 < close', '1--1<close'],
    ['hl2 > bbands(20).lowerband', 'hl2>bbands(20,2,2,0).lowerband'],
    ['NASDAQ:AAPL.close-NASDAQ:MSFT.close>0', 'NASDAQ:AAPL.close-NASDAQ:MSFT.close>0'],
    ['((rsi))<(30)', 'rsi(14)<30'],
    ['not not rsi<30', 'not not rsi(14)<30'],
  ])('%s reads %s', (text, expected) => {
    expect(conditionOf(text)).toBe(expected);
    expect(conditionOf(expected)).toBe(expected);
  });

  it('binds or looser than and, and, than not, than comparisons, than sums, than products', () => {
    expect(parseCondition('not rsi<1+2*3 and close>1 or open>1', catalogue)).toMatchObject({
      operator: 'or',
      left: { operator: 'and', left: { operator: 'not', operand: { operator: '<', right: { operator: '+', right: { operator: '*' } } } } },
      right: { operator: '>' },
    });
  });

  it.each([
    ['rsi', 0, 'a comparison is expected here, and this is a number'],
    ['rsi<30<40', 3, 'a number is expected here, and this is a comparison'],
    ['rsi and close>1', 0, 'a comparison is expected here, and this is a number'],
    ['not rsi', 4, 'a comparison is expected here, and this is a number'],
    ['cross(ema(12))<1', 13, '")" stands where , is expected between the two series of cross'],
    ['rsi<', 4, 'the end stands where an indicator is expected'],
    ['(rsi<30', 7, 'the end stands where ) is expected to close the parenthesis'],
    ['rsi<30 rsi', 7, '"rsi" stands where the end is expected'],
    ['cross(rsi<30,rsi)', 9, 'a number is expected here, and this is a comparison'],
  ])('%s is refused at its character', (text, offset, detail) => {
    expect(faultOf(() => parseCondition(text, catalogue, '/when'))).toEqual({ pointer: '/when', offset, detail });
  });
});

describe('a comma list', () => {
  it('splits outside parentheses only, and trims', () => {
    expect(splitList('rsi(14), macd(12,26,9) ,sma(ema(3,4),5)')).toEqual(['rsi(14)', 'macd(12,26,9)', 'sma(ema(3,4),5)']);
    expect(splitList('rsi,,macd')).toEqual(['rsi', '', 'macd']);
    expect(splitList('')).toEqual(['']);
    expect(splitList('rsi),macd')).toEqual(['rsi)', 'macd']);
  });
});
