import { europeanOption, impliedVolatility, type EuropeanReading } from '@signal/options';
import { type GoldenCase, type GoldenSuite, type Miss, missBeyond, missUnlessEqual, show } from './golden-case.ts';
import { rightOf } from './right-of.ts';

type Value = number | string | null;
type EdgeEntry = Readonly<{ name: string; input: Readonly<Record<string, Value>>; expect: Readonly<Record<string, Value>> }>;

/** The limits of degenerate input are exact up to the rounding of the discount factor. */
const RELATIVE_TOLERANCE = 1e-12;

/** Quantities of `edge.json`, and what they are called here; raw ones are named so there. */
const quantities = {
  price: 'price',
  delta: 'delta',
  gamma: 'gamma',
  vega: 'vega',
  theta: 'theta',
  rho: 'rho',
  theta_year: 'theta',
  rho_raw: 'rho',
} as const;

const statusOf = (word: Value | undefined): string => {
  const lower = String(word).toLowerCase();
  return lower === 'no_price' ? 'no_quote' : lower;
};

const checkValues = (reading: EuropeanReading, expect: EdgeEntry['expect']): readonly Miss[] =>
  Object.entries(quantities).flatMap(([field, quantity]) => {
    const want = expect[field];
    if (want === undefined) return [];
    const got = reading.values?.[quantity] ?? null;
    if (typeof want !== 'number') return missUnlessEqual(field, got, want);
    return missBeyond(field, { got, want, tolerance: RELATIVE_TOLERANCE * Math.abs(want) });
  });

const checkEntry = ({ name, input, expect }: EdgeEntry): GoldenCase => {
  // Non-finite inputs are the strings "NaN" and "Infinity".
  const number = (field: string): number => Number(input[field]);
  const market = {
    underlying: number('S'),
    strike: number('K'),
    years: number('T'),
    rate: number('r'),
    dividendYield: number('q'),
    right: rightOf(show(input['type'])),
  };
  if (input['price'] !== undefined) {
    const { status, volatility } = impliedVolatility({ ...market, price: number('price') });
    return { name, misses: [...missUnlessEqual('status', status, statusOf(expect['status'])), ...missUnlessEqual('iv', volatility, expect['iv'])] };
  }
  const reading = europeanOption({ ...market, model: 'bsm', volatility: number('sigma') });
  return { name, misses: [...missUnlessEqual('status', reading.status, statusOf(expect['status'])), ...checkValues(reading, expect)] };
};

/** Checks `edge.json`: what degenerate inputs must give. */
export const edgeEntries: GoldenSuite = (text) => (JSON.parse(text) as EdgeEntry[]).map(checkEntry);
