import { seriesKey } from '../fold/bar-history.ts';
import type { FoldState } from '../fold/fold-state.ts';
import type { ScriptCaller } from '../fold/script-caller.ts';
import { type Effect, nextSignal, type ScriptRun, strike } from '../fold/script-run.ts';
import { verdictField } from '../fold/verdicts.ts';
import type { ScriptBar } from '../worker/messages.ts';

/** A closed bar of a series that a run has not seen yet. */
export type BarEvent = Readonly<{ series: string; bar: ScriptBar; n: number }>;

/** Returns the runs that see the bars of a series, in the order in which they were started. */
export function runsOn(state: FoldState, series: string): readonly ScriptRun[] {
  return [...state.runs.values()].filter((run) => run.status === 'active' && seriesKey(run) === series);
}

/** Returns the handler of a closed bar: every run of its series sees it, and what they emit is returned in their order. */
export function onBar(state: FoldState, caller: ScriptCaller, log: (run: ScriptRun, lines: readonly string[]) => void) {
  const callRun = async (run: ScriptRun, { series, bar, n }: BarEvent): Promise<readonly Effect[]> => {
    const field = verdictField(run, String(bar.time));
    const outcome = await caller.bar({ run, n, field, history: state.history.columns(series) }, bar);
    if (outcome.kind === 'killed') return strike(run, { tsMs: bar.time, field, reason: outcome.reason });
    const { answer } = outcome;
    if (answer.logs.length > 0) log(run, answer.logs);
    if (answer.error !== undefined) return [{ signal: nextSignal(run, bar.time, { status: 'error', reason: answer.error }) }];
    run.memory = answer.memory;
    return answer.signals.map((signal) => ({ signal: nextSignal(run, bar.time, signal) }));
  };
  return async (event: BarEvent): Promise<readonly Effect[]> => {
    const effects: Effect[] = [];
    for (const run of runsOn(state, event.series)) effects.push(...(await callRun(run, event)));
    state.history.push(event.series, event.bar);
    return effects;
  };
}
