import type { BarColumns } from './definition.ts';

/** Returns numbers of a linear congruential generator in [0, 1): the same seed, the same numbers. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Returns a random walk of bars round 100, for tests. */
export function madeUpBars(rows: number, seed = 1): BarColumns {
  const next = numbersFrom(seed);
  const columns = {
    open: new Float64Array(rows),
    high: new Float64Array(rows),
    low: new Float64Array(rows),
    close: new Float64Array(rows),
    volume: new Float64Array(rows),
  };
  let price = 100;
  for (let row = 0; row < rows; row++) {
    const open = price;
    price = Math.max(1, price + (next() - 0.5) * 2);
    columns.open[row] = open;
    columns.close[row] = price;
    columns.high[row] = Math.max(open, price) + next();
    columns.low[row] = Math.min(open, price) - next() * 0.5;
    columns.volume[row] = Math.floor(next() * 1e6);
  }
  return columns;
}

/** Returns one bar of columns as a series is fed with it. */
export function barAt(columns: BarColumns, row: number): Float64Array {
  return Float64Array.of(...[columns.open, columns.high, columns.low, columns.close, columns.volume].map((column) => column[row] ?? Number.NaN));
}
