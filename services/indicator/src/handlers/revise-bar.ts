import { foldColumns, type ReadingColumns } from '@signal/indicators';
import type { BarRow } from '../bars/bar-series.ts';
import type { Plan, PlannedSeries } from '../plans/plan-book.ts';
import type { ReadingSignals } from '../publish/reading-signals.ts';

/** A bar that replaces the one at `row`, or (`isKnown` false) comes before it. */
export type Revision = Readonly<{ series: PlannedSeries; bar: BarRow; row: number; isKnown: boolean }>;

const readingsOf = ({ bars }: PlannedSeries, plan: Plan): ReadingColumns => {
  const { series } = plan.group;
  return foldColumns(series, bars.columns, { rows: bars.rows, slab: new Float64Array(series.stride), at: 0 });
};

const publishChanged = (signals: ReadingSignals, revision: Revision, { plan, before }: Readonly<{ plan: Plan; before: ReadingColumns }>): void => {
  const { series, row: first, isKnown } = revision;
  const { series: expression, slab } = plan.group;
  const after = foldColumns(expression, series.bars.columns, { rows: series.bars.rows, slab, at: plan.at });
  const names = expression.outputs;
  for (let row = first; row < series.bars.rows; row++) {
    // An inserted bar moves the later ones one row on.
    const old = isKnown ? row : row - 1;
    const isNew = !isKnown && row === first;
    const isChanged = isNew || names.some((name) => !Object.is(after[name]?.[row], before[name]?.[old]));
    if (!isChanged) continue;
    const values = names.map((name) => after[name]?.[row] ?? Number.NaN);
    signals.add({ series, plan, startMs: series.bars.startOf(row), final: true, values, isNewest: row === series.bars.rows - 1 });
  }
};

/** Puts a correction or an earlier bar in its place, folds the plans of the series from its first bar, and publishes what changed. */
export function reviseBar(signals: ReadingSignals, revision: Revision): void {
  const { series, bar, row, isKnown } = revision;
  const was = [...series.plans.values()].map((plan) => ({ plan, before: readingsOf(series, plan) }));
  if (isKnown) series.bars.replace(row, bar);
  else series.bars.insert(row, bar);
  series.bars.rev += 1;
  for (const one of was) publishChanged(signals, revision, one);
}
