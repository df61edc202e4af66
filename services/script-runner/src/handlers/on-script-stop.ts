import type { ControlRecord } from '@signal/contracts';
import type { FoldState } from '../fold/fold-state.ts';
import type { ScriptCaller } from '../fold/script-caller.ts';
import { runKey } from '../fold/script-run.ts';

/** The record that stops a script. */
export type ScriptStop = Extract<ControlRecord, { kind: 'script-stop' }>;

/** Returns the handler of `script-stop`: the run sees no bar after this record. Stopping what does not run changes nothing. */
export function onScriptStop(state: FoldState, caller: ScriptCaller) {
  return async (record: ScriptStop): Promise<void> => {
    const run = state.runs.get(runKey(record));
    if (run === undefined) return;
    state.runs.delete(runKey(record));
    await caller.drop(run);
  };
}
