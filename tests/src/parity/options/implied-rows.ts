import { impliedVolatility } from '@signal/options';
import { checkRows, type CsvRow } from './csv-rows.ts';
import { type GoldenSuite, type Miss, missBeyond, missUnlessEqual } from './golden-case.ts';
import { rightOf } from './right-of.ts';

/** Corners where the goldens take a flag or any finite positive number. */
const lenient = new Set(['at_intrinsic', 'ill_conditioned']);

const checkRow = (row: CsvRow): readonly Miss[] => {
  const { status, volatility } = impliedVolatility({
    price: row.number('price'),
    underlying: row.number('S'),
    strike: row.number('K'),
    years: row.number('T'),
    rate: row.number('r'),
    dividendYield: row.number('q'),
    right: rightOf(row.text('type')),
  });
  const want = row.text('status').toLowerCase();
  if (lenient.has(want)) {
    const isFlagged = status !== 'ok' && volatility === null;
    return isFlagged || (volatility !== null && volatility > 0)
      ? []
      : [{ output: 'iv', got: String(volatility), want: 'a flag or a positive number' }];
  }
  if (want !== 'ok' || status !== 'ok') return missUnlessEqual('status', status, want);
  const iv = row.number('iv');
  return missBeyond('iv', { got: volatility, want: iv, tolerance: row.number('rel_tol') * iv });
};

/** Checks `iv.csv`: the volatility of exactly that double within the conditioning of the problem, or its status. */
export const impliedRows: GoldenSuite = (text) => checkRows(text, checkRow);
