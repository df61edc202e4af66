import { parseInstrument, parseInterval, SignalError } from '@signal/contracts';
import { compileExpression } from '@signal/indicators';
import { BarSeries } from '../bars/bar-series.ts';
import { PlanGroup } from './plan-group.ts';

/** A reading that is kept current: an expression on a series of bars, its state in a slot of its group. */
export type Plan = Readonly<{ expression: string; group: PlanGroup; at: number }>;

/** Bars, what is computed on them, and how many signals each key had. A stopped plan keeps its count, so that `seq` never falls. */
export type PlannedSeries = Readonly<{ bars: BarSeries; plans: Map<string, Plan>; seqs: Map<string, number> }>;

/** What names a plan. */
export type PlanNames = Readonly<{ instrument: string; interval: string; expression: string }>;

/** Numbers that all slots of a partition may hold together: 64 MiB. It is no setting, because a fold must not depend on one. */
export const MAX_SLOT_NUMBERS = 8_388_608;
/** Keys (series and expression) of a partition, stopped ones included. */
export const MAX_KEYS = 50_000;

/** The state of one partition. */
export class PlanBook {
  readonly series = new Map<string, PlannedSeries>();
  readonly groups = new Map<string, PlanGroup>();
  #slotNumbers = 0;
  #keys = 0;

  /** Returns a series by its canonical names, a new one if there is none. */
  seriesOf(instrument: string, interval: string): PlannedSeries {
    const key = `${instrument}|${interval}`;
    const known = this.series.get(key);
    if (known !== undefined) return known;
    const made: PlannedSeries = { bars: new BarSeries(instrument, interval), plans: new Map(), seqs: new Map() };
    this.series.set(key, made);
    return made;
  }

  /** Returns the next count of a key's signals. */
  nextSeq(series: PlannedSeries, expression: string): number {
    const seq = (series.seqs.get(expression) ?? 0) + 1;
    series.seqs.set(expression, seq);
    return seq;
  }

  /**
   * Starts a plan by its canonical names and returns it with its series; undefined when it runs already. Throws `overloaded` when the
   * partition has no room for it.
   */
  start({ instrument, interval, expression }: PlanNames): Readonly<{ series: PlannedSeries; plan: Plan }> | undefined {
    const known = this.series.get(`${instrument}|${interval}`);
    if (known?.plans.has(expression) === true) return undefined;
    const group = this.groups.get(expression) ?? new PlanGroup(compileExpression(expression));
    const { stride } = group.series;
    if (this.#slotNumbers + stride > MAX_SLOT_NUMBERS || this.#keys >= MAX_KEYS) {
      const used = `${this.#slotNumbers} of ${MAX_SLOT_NUMBERS} numbers and ${this.#keys} of ${MAX_KEYS} keys in use`;
      throw new SignalError('overloaded', `${expression} needs ${stride} numbers of state, and the partition has ${used}`);
    }
    const series = known ?? this.seriesOf(instrument, interval);
    this.groups.set(expression, group);
    this.#slotNumbers += stride;
    if (!series.seqs.has(expression)) this.restoreSeqs(series, [[expression, 0]]);
    const plan: Plan = { expression, group, at: group.allocate() };
    series.plans.set(expression, plan);
    return { series, plan };
  }

  remove(series: PlannedSeries, plan: Plan): void {
    series.plans.delete(plan.expression);
    plan.group.release(plan.at);
    this.#slotNumbers -= plan.group.series.stride;
    if (plan.group.used === 0) this.groups.delete(plan.expression);
  }

  /** Takes over the counts of a restored series. */
  restoreSeqs(series: PlannedSeries, seqs: Iterable<readonly [expression: string, seq: number]>): void {
    for (const [expression, seq] of seqs) {
      if (!series.seqs.has(expression)) this.#keys += 1;
      series.seqs.set(expression, seq);
    }
  }
}

/** Returns the names of a plan in canonical form, or throws the code of whichever is invalid. */
export function canonicalPlan(plan: PlanNames): PlanNames {
  return {
    instrument: parseInstrument(plan.instrument).id,
    interval: parseInterval(plan.interval).text,
    expression: compileExpression(plan.expression).canonical,
  };
}
