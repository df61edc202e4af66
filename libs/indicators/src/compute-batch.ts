import type { IndicatorExpression } from '@signal/contracts';
import { compileExpression } from './compile-expression.ts';
import type { BarColumns } from './definition.ts';
import { barFields } from './program.ts';
import type { Series } from './series.ts';

/** Columns of readings by output; NaN where there is no value. */
export type ReadingColumns = Readonly<Record<string, Float64Array>>;

/** Runs a series from a fresh slot over the first `rows` bars and returns its readings; the slot is left after the last of them. */
export function foldColumns(
  series: Series,
  columns: BarColumns,
  { rows, slab, at }: Readonly<{ rows: number; slab: Float64Array; at: number }>,
): ReadingColumns {
  const readings = series.outputs.map(() => new Float64Array(rows));
  const fields = barFields.map((name) => columns[name]);
  const bar = new Float64Array(barFields.length);
  series.reset(slab, at);
  for (let row = 0; row < rows; row++) {
    for (let field = 0; field < bar.length; field++) bar[field] = (fields[field] as Float64Array)[row] as number;
    const out = series.update(slab, at, bar);
    for (let output = 0; output < readings.length; output++) (readings[output] as Float64Array)[row] = out[output] as number;
  }
  return Object.fromEntries(series.outputs.map((name, index) => [name, readings[index] as Float64Array]));
}

/** Returns the readings of an expression for every bar of the columns: the streaming kernels run over them, so both cannot differ. */
export function computeBatch(expression: Series | IndicatorExpression | string, columns: BarColumns): ReadingColumns {
  const series = typeof expression !== 'string' && 'stride' in expression ? expression : compileExpression(expression);
  return foldColumns(series, columns, { rows: columns.close.length, slab: new Float64Array(series.stride), at: 0 });
}
