import { type BarHistory, createBarHistory } from './bar-history.ts';
import type { ScriptRun } from './script-run.ts';

/** All that a partition's fold remembers: the bars that scripts may look back at, and the runs in the order of their starts. */
export type FoldState = Readonly<{ history: BarHistory; runs: Map<string, ScriptRun> }>;

type Stored = Readonly<{ history: Parameters<typeof createBarHistory>[0]; runs: readonly (readonly [string, ScriptRun])[] }>;

/** Raised when stored states no longer fit. */
export const STATE_VERSION = 'script-runner-1';

/** Returns the state of a snapshot, or an empty one. */
export function restoreState(snapshot?: Uint8Array): FoldState {
  if (snapshot === undefined) return { history: createBarHistory(), runs: new Map() };
  const stored = JSON.parse(Buffer.from(snapshot).toString('utf8')) as Stored;
  return { history: createBarHistory(stored.history), runs: new Map(stored.runs) };
}

/** Returns the snapshot of a state. */
export function storeState({ history, runs }: FoldState): Uint8Array {
  return Buffer.from(JSON.stringify({ history, runs: [...runs] }));
}
