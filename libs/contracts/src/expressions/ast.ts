import type { ParameterValue } from '../catalogue.ts';

/** Price series of a bar, as an expression names them. `hl2`, `hlc3` and `ohlc4` are means of its prices. */
export const priceSources = ['open', 'high', 'low', 'close', 'volume', 'hl2', 'hlc3', 'ohlc4'] as const;
/** Name of a price series. */
export type PriceSource = (typeof priceSources)[number];

/** Tells whether a word names a price series. */
export function isPriceSource(word: string): word is PriceSource {
  return (priceSources as readonly string[]).includes(word);
}

/** Where a part of an expression takes its bars from when not from the reading's own series, and where it stands in the text. */
type Origin = Readonly<{ instrument?: string; interval?: string; offset: number }>;

/** A column of bars. */
export type PriceExpression = Origin & Readonly<{ kind: 'price'; price: PriceSource }>;

/**
 * An indicator with every parameter filled in, in the catalogue's order. `sources` is empty when the default inputs are meant;
 * `output` is absent when all outputs are meant, and inside another expression when the first is.
 */
export type IndicatorExpression = Origin &
  Readonly<{
    kind: 'indicator';
    id: string;
    params: Readonly<Record<string, ParameterValue>>;
    sources: readonly Expression[];
    output?: string;
  }>;

/** A series of numbers per bar. */
export type Expression = PriceExpression | IndicatorExpression;

/** Operators that compare two numbers. */
export const comparisons = ['<', '<=', '>', '>=', '==', '!='] as const;
/** Operators that combine two numbers into a number. */
export const arithmetics = ['+', '-', '*', '/'] as const;
/** Operator between two operands of a condition. */
export type BinaryOperator = (typeof comparisons)[number] | (typeof arithmetics)[number] | 'and' | 'or';

/** What alerts and the screener ask: a claim about series, true or false per bar. */
export type Condition =
  | Expression
  | Readonly<{ kind: 'number'; value: number; offset: number }>
  | Readonly<{ kind: 'unary'; operator: 'not' | '-'; operand: Condition; offset: number }>
  | Readonly<{ kind: 'binary'; operator: BinaryOperator; left: Condition; right: Condition; offset: number }>
  | Readonly<{ kind: 'cross'; direction: 'over' | 'under'; left: Condition; right: Condition; offset: number }>;
