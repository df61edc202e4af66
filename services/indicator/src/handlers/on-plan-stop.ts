import type { ControlRecord } from '@signal/contracts';
import { canonicalPlan, type PlanBook } from '../plans/plan-book.ts';
import type { ReadingSignals } from '../publish/reading-signals.ts';

/** A plan to stop. */
export type PlanStop = Extract<ControlRecord, { kind: 'plan-stop' }>;

/** Returns the handler that stops a plan and empties its latest values. A plan that does not run is left alone. */
export function onPlanStop(book: PlanBook, signals: ReadingSignals): (record: PlanStop) => void {
  return (record) => {
    const { instrument, interval, expression } = canonicalPlan(record);
    const series = book.series.get(`${instrument}|${interval}`);
    const plan = series?.plans.get(expression);
    if (series === undefined || plan === undefined) return;
    book.remove(series, plan);
    signals.clear(series, expression);
  };
}
