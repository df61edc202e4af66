import { europeanOption, type OptionQuantity } from '@signal/options';
import { checkRows, type CsvRow } from './csv-rows.ts';
import { type GoldenSuite, type Miss, missBeyond } from './golden-case.ts';
import { rightOf } from './right-of.ts';

const EPSILON = 2 ** -52;
/** T1 and T2 of the goldens: sixteen roundings of a problem of this conditioning. */
const ROUNDINGS = 16;
/** A value below this is exempt, too small to matter in a double. */
const EXEMPT_BELOW = 1e-250;

/** Greeks whose tolerance follows the value itself, by their column. */
const relative: Readonly<Record<string, OptionQuantity>> = {
  delta: 'delta',
  gamma: 'gamma',
  vega: 'vega',
  rho: 'rho',
  epsilon: 'epsilon',
  dual_delta: 'dualDelta',
  dual_gamma: 'dualGamma',
};
/** Greeks whose tolerance follows the column `scale_<greek>`. */
const scaled = ['theta', 'vanna', 'volga', 'charm', 'veta', 'speed', 'zomma', 'color', 'ultima'] as const;

/** The derived columns: which quantity, and by how much it is divided. */
const published = [
  ['theta_day', 'theta', 365],
  ['vega_pt', 'vega', 100],
  ['rho_pt', 'rho', 100],
] as const;

const checkRow = (row: CsvRow, model: 'bsm' | 'black76'): readonly Miss[] => {
  const underlying = row.number(model === 'bsm' ? 'S' : 'F');
  const { status, values } = europeanOption({
    model,
    underlying,
    strike: row.number('K'),
    years: row.number('T'),
    rate: row.number('r'),
    dividendYield: model === 'bsm' ? row.number('q') : row.number('r'),
    volatility: row.number('sigma'),
    right: rightOf(row.text('type')),
  });
  if (values === null) return [{ output: 'status', got: status, want: 'ok' }];
  const unit = ROUNDINGS * row.number('cond') * EPSILON;
  const check = (column: string, got: number, scale: number): readonly Miss[] => {
    const want = row.number(column);
    return Math.abs(want) < EXEMPT_BELOW ? [] : missBeyond(column, { got, want, tolerance: unit * scale });
  };
  const size = (column: string): number => Math.abs(row.number(column));
  const priceScale = Math.min(underlying * size('delta') + row.number('K') * size('dual_delta'), size('price'));
  return [
    ...check('price', values.price, priceScale),
    ...Object.entries(relative).flatMap(([column, quantity]) => (row.has(column) ? check(column, values[quantity], size(column)) : [])),
    ...scaled.flatMap((column) => check(column, values[column], row.number(`scale_${column}`))),
    ...published.flatMap(([column, quantity, parts]) =>
      check(column, values[quantity] / parts, quantity === 'theta' ? row.number('scale_theta') / parts : size(column)),
    ),
  ];
};

/** Checks `bsm.csv` or `black76.csv`: every row must hold T1, and its price T2 too. */
export function europeanRows(model: 'bsm' | 'black76'): GoldenSuite {
  return (text) => checkRows(text, (row) => checkRow(row, model));
}
