import type { ControlRecord } from '@signal/contracts';
import { foldColumns } from '@signal/indicators';
import { canonicalPlan, type PlanBook } from '../plans/plan-book.ts';
import type { ReadingSignals } from '../publish/reading-signals.ts';

/** A plan to start. */
export type PlanStart = Extract<ControlRecord, { kind: 'plan-start' }>;

/**
 * Returns the handler that starts a plan: it folds the series from its first bar and publishes the newest closed reading and the forming
 * one. A plan that runs already is left alone. Throws the code of what is invalid, or `overloaded`.
 */
export function onPlanStart(book: PlanBook, signals: ReadingSignals): (record: PlanStart) => void {
  return (record) => {
    const started = book.start(canonicalPlan(record));
    if (started === undefined) return;
    const { series, plan } = started;
    const { bars } = series;
    const { series: folded, slab } = plan.group;
    const readings = foldColumns(folded, bars.columns, { rows: bars.rows, slab, at: plan.at });
    if (bars.rows > 0) {
      const values = folded.outputs.map((name) => readings[name]?.at(-1) ?? Number.NaN);
      signals.add({ series, plan, startMs: bars.lastStartMs, final: true, values, isNewest: true });
    }
    if (bars.forming === undefined) return;
    const values = folded.peek(slab, plan.at, bars.forming.values);
    signals.add({ series, plan, startMs: bars.forming.startMs, final: false, values, isNewest: true });
  };
}
