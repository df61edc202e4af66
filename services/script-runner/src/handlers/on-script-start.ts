import type { FoldState } from '../fold/fold-state.ts';
import { seriesKey } from '../fold/bar-history.ts';
import type { ScriptCaller } from '../fold/script-caller.ts';
import { type Effect, runKey, runOf, MAX_STRIKES, type ScriptStart, stopRun, strike } from '../fold/script-run.ts';
import { verdictField } from '../fold/verdicts.ts';

/** Scripts that one partition runs at most. */
const MAX_RUNS = 256;

/** Returns the handler of `script-start`: the run begins with the bar after this record, in place of another version of the script there. */
export function onScriptStart(state: FoldState, caller: ScriptCaller) {
  return async (record: ScriptStart, n: number): Promise<readonly Effect[]> => {
    const key = runKey(record);
    const replaced = state.runs.get(key);
    if (replaced?.version === record.version && replaced.sha256 === record.sha256 && replaced.status === 'active') return [];
    const run = runOf(record);
    run.seq = replaced?.version === record.version ? replaced.seq : 0;
    const history = state.history.columns(seriesKey(run));
    const tsMs = history.time.at(-1) ?? 0;
    if (replaced === undefined && state.runs.size >= MAX_RUNS) return stopRun(run, tsMs, `the partition runs ${MAX_RUNS} scripts already`);
    const field = verdictField(run, `start-${n}`);
    const outcome = await caller.begin({ run, n, field, history });
    state.runs.set(key, run);
    if (outcome.kind === 'killed') {
      // A script that does not even start gets no second chance.
      run.strikes = MAX_STRIKES - 1;
      return strike(run, { tsMs, field, reason: outcome.reason });
    }
    if (outcome.answer.error !== undefined) return stopRun(run, tsMs, outcome.answer.error);
    run.memory = outcome.answer.memory;
    return [];
  };
}
