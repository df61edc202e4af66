import { europeanOption, impliedVolatility, type OptionQuantity } from '@signal/options';
import { type GoldenCase, type GoldenSuite, missBeyond } from './golden-case.ts';
import { rightOf } from './right-of.ts';

type PublishedEntry = Readonly<{
  source: string;
  model: string;
  input: Readonly<Record<string, number | string>>;
  quantity: string;
  exact: number;
}>;

const RELATIVE_TOLERANCE = 1e-9;
/** Approximate models whose printed values inform and are not compared. */
const informative = new Set(['baw', 'bjs']);

const derived: Readonly<Record<string, readonly [OptionQuantity, number]>> = {
  theta_day: ['theta', 365],
  vega_pt: ['vega', 100],
  rho_pt: ['rho', 100],
};

const compute = ({ model, input, quantity }: PublishedEntry): number | null => {
  const number = (field: string): number => Number(input[field] ?? 0);
  const market = {
    underlying: number(input['F'] === undefined ? 'S' : 'F'),
    strike: number('K'),
    years: number('T'),
    rate: number('r'),
    dividendYield: number('q'),
    right: rightOf(String(input['type'])),
  };
  if (model === 'iv') return impliedVolatility({ ...market, price: number('price') }).volatility;
  const [name, parts] = derived[quantity] ?? [quantity as OptionQuantity, 1];
  const value = europeanOption({ ...market, model: model === 'black76' ? 'black76' : 'bsm', volatility: number('sigma') }).values?.[name];
  return value === undefined ? null : value / parts;
};

const checkEntry = (entry: PublishedEntry, index: number): GoldenCase => {
  const name = String(index);
  if (entry.model === 'american')
    return { name, misses: [{ output: entry.quantity, got: 'the american model is not built', want: String(entry.exact) }] };
  return {
    name,
    misses: missBeyond(entry.quantity, { got: compute(entry), want: entry.exact, tolerance: RELATIVE_TOLERANCE * Math.abs(entry.exact) }),
  };
};

/** Checks `published.json`: values printed in textbooks, at their full precision. */
export const publishedEntries: GoldenSuite = (text) =>
  (JSON.parse(text) as PublishedEntry[]).filter(({ model }) => !informative.has(model)).map(checkEntry);
