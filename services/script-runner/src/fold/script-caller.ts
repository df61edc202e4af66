import { SignalError } from '@signal/contracts';
import type { ScriptSources } from '../source/script-sources.ts';
import type { ScriptWorker } from '../supervisor/script-worker.ts';
import type { BarColumns, KillReason, ScriptBar, TrampolineAnswer, WorkerAnswer } from '../worker/messages.ts';
import { type ScriptRun, runKey } from './script-run.ts';
import type { Verdicts } from './verdicts.ts';

/** How a call ended: with an answer, or stopped for a reason. */
export type Outcome = Readonly<{ kind: 'done'; answer: TrampolineAnswer }> | Readonly<{ kind: 'killed'; reason: KillReason }>;

/** A call: the run, the entry, the field that its verdict is kept under, and the bars before it. */
export type Call = Readonly<{ run: ScriptRun; n: number; field: string; history: BarColumns }>;

/** Runs the calls of one fold in the worker. */
export interface ScriptCaller {
  /** Loads a run that begins; its memory is made. */
  begin(call: Call): Promise<Outcome>;
  /** Gives a run its next bar. */
  bar(call: Call, bar: ScriptBar): Promise<Outcome>;
  drop(run: ScriptRun): Promise<void>;
}

/** What a caller needs. `name` sets this fold's isolates apart from those of another fold of the same partition. */
export type CallerDeps = Readonly<{
  name: string;
  worker: ScriptWorker;
  sources: ScriptSources;
  verdicts: () => Promise<Verdicts>;
  callTimeoutMs: number;
}>;

/** A call that was judged fine before gets all the time it needs to come to the same again. */
const PATIENT_TIMEOUT_MS = 5000;
const MAX_TRIES = 20;

type Judged = Readonly<{ verdict: KillReason | undefined; isSettled: boolean }>;

/** Returns the caller of a fold. */
export function createScriptCaller({ name, worker, sources, verdicts, callTimeoutMs }: CallerDeps): ScriptCaller {
  const keyOf = (run: ScriptRun): string => `${name}|${runKey(run)}`;

  const load = async ({ run, history }: Call): Promise<WorkerAnswer> => {
    const code = await sources.load(run.sha256);
    const { instrument, params, memory } = run;
    return worker.ask({
      type: 'load',
      key: keyOf(run),
      code,
      instrument,
      seed: `${run.script}@${run.version}|${instrument}`,
      params,
      memory,
      history,
    });
  };

  const judgedBefore = async ({ n, field }: Call): Promise<Judged> => {
    const settled = await verdicts();
    const isSettled = n <= settled.n;
    return { isSettled, verdict: isSettled ? settled.killed.get(field) : undefined };
  };

  /** Asks until there is an outcome. What comes back over settled entries is not judged again, so that a kill is tried anew there. */
  const settle = async (call: Call, isSettled: boolean, ask: () => Promise<WorkerAnswer>): Promise<Outcome> => {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const answer = await ask();
      if (answer.kind === 'done') return answer;
      if (answer.kind === 'killed' && !isSettled) return answer;
      const loaded = await load(call);
      if (loaded.kind === 'killed' && !isSettled) return loaded;
    }
    throw new SignalError('sandbox_failed', `${runKey(call.run)} came to no end in ${MAX_TRIES} tries at entry ${call.n}`);
  };

  const drop = async (run: ScriptRun): Promise<void> => {
    await worker.ask({ type: 'drop', key: keyOf(run) });
  };

  return {
    begin: async (call) => {
      const { verdict, isSettled } = await judgedBefore(call);
      return verdict === undefined ? settle(call, isSettled, () => load(call)) : { kind: 'killed', reason: verdict };
    },
    bar: async (call, bar) => {
      const { verdict, isSettled } = await judgedBefore(call);
      if (verdict !== undefined) {
        // The isolate has not seen this bar: it is made anew, with it, before the next.
        await drop(call.run);
        return { kind: 'killed', reason: verdict };
      }
      const timeoutMs = isSettled ? PATIENT_TIMEOUT_MS : callTimeoutMs;
      return settle(call, isSettled, () => worker.ask({ type: 'bar', key: keyOf(call.run), bar, timeoutMs }));
    },
    drop,
  };
}
