import type { BarRow } from '../bars/bar-series.ts';
import type { PlannedSeries } from '../plans/plan-book.ts';
import type { ReadingSignals } from '../publish/reading-signals.ts';
import { reviseBar } from './revise-bar.ts';

/** A bar of the entry in hand. `refuse` dead-letters it. */
export type IncomingBar = Readonly<{ series: PlannedSeries; bar: BarRow; final: boolean; refuse: (message: string) => void }>;

const publishForming = (signals: ReadingSignals, series: PlannedSeries, bar: BarRow): void => {
  for (const plan of series.plans.values()) {
    const values = plan.group.series.peek(plan.group.slab, plan.at, bar.values);
    signals.add({ series, plan, startMs: bar.startMs, final: false, values, isNewest: true });
  }
};

const onClosed = (signals: ReadingSignals, { series, bar }: IncomingBar): void => {
  const { bars, plans } = series;
  bars.append(bar);
  if (bars.forming !== undefined && bars.forming.startMs <= bar.startMs) bars.forming = undefined;
  for (const plan of plans.values()) {
    const values = plan.group.series.update(plan.group.slab, plan.at, bar.values);
    signals.add({ series, plan, startMs: bar.startMs, final: true, values, isNewest: true });
  }
};

const onForming = (signals: ReadingSignals, { series, bar, refuse }: IncomingBar): void => {
  const { bars } = series;
  if (bar.startMs > bars.lastStartMs) {
    bars.forming = bar;
    publishForming(signals, series, bar);
    return;
  }
  // A bar that was closed early forms again; its reading changes when it closes with its new revision.
  if (bar.rev > bars.revOf(bars.rowOf(bar.startMs))) return;
  refuse(`forming bar starts at ${bar.startMs}, and the last closed one at ${bars.lastStartMs}`);
};

const onEarlier = (signals: ReadingSignals, incoming: IncomingBar): void => {
  const { series, bar, refuse } = incoming;
  const { bars } = series;
  const row = bars.rowOf(bar.startMs);
  const isKnown = bars.startOf(row) === bar.startMs;
  if (isKnown && bar.rev <= bars.revOf(row)) {
    if (!bars.equals(row, bar)) refuse(`bar at ${bar.startMs} has rev ${bar.rev}, and the stored one has ${bars.revOf(row)} with other values`);
    return;
  }
  reviseBar(signals, { series, bar, row, isKnown });
  if (bars.forming !== undefined) publishForming(signals, series, bars.forming);
};

/** Returns the handler of a bar: the readings of its series move on, are peeked, or are folded anew after a correction. */
export function onBar(signals: ReadingSignals): (incoming: IncomingBar) => void {
  return (incoming) => {
    if (!incoming.final) onForming(signals, incoming);
    else if (incoming.bar.startMs > incoming.series.bars.lastStartMs) onClosed(signals, incoming);
    else onEarlier(signals, incoming);
  };
}
