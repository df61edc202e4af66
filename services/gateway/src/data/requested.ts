import { canonical, type Catalogue, type Expression, type IndicatorExpression, parseExpression, SignalError, splitList } from '@signal/contracts';
import { requireOwnBars } from '@signal/indicators';

/** An expression of a query: as asked, in canonical form, and what it is made of. */
export type Requested = Readonly<{
  requested: string;
  canonical: string;
  expression: IndicatorExpression;
  ids: readonly string[];
  instruments: readonly string[];
  outputs: readonly string[];
}>;

const MAX_EXPRESSIONS = 50;

const partsOf = (expression: Expression): readonly Expression[] =>
  expression.kind === 'price' ? [expression] : [expression, ...expression.sources.flatMap(partsOf)];

/** Returns what one expression asks for, or throws `expression_invalid`. */
export function requestedOf(text: string, catalogue: Catalogue, pointer = 'indicators'): Requested {
  const expression = requireOwnBars(parseExpression(text, catalogue, pointer), pointer);
  const parts = partsOf(expression);
  return {
    requested: text,
    canonical: canonical(expression),
    expression,
    ids: [...new Set(parts.flatMap((part) => (part.kind === 'indicator' ? part.id : [])))],
    instruments: [...new Set(parts.flatMap((part) => part.instrument ?? []))],
    outputs: expression.output === undefined ? (catalogue.get(expression.id)?.outputs ?? []) : [expression.output],
  };
}

/** Returns what a comma list asks for, each canonical form once. */
export function requestedList(text: string, catalogue: Catalogue): readonly Requested[] {
  const items = splitList(text);
  if (items.length > MAX_EXPRESSIONS) {
    throw new SignalError('query_invalid', `indicators has ${items.length} expressions, and may have ${MAX_EXPRESSIONS}`, {
      errors: [{ pointer: 'indicators', detail: `at most ${MAX_EXPRESSIONS}` }],
    });
  }
  const byCanonical = new Map(items.map((item, index) => requestedOf(item, catalogue, `/indicators/${index}`)).map((one) => [one.canonical, one]));
  return [...byCanonical.values()];
}
