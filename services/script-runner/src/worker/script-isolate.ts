import { SignalError } from '@signal/contracts';
import ivm from 'isolated-vm';
import { isolateSource, sdkSource } from '../sandbox/isolate-source.ts';
import { createIndicatorWindow } from './indicator-window.ts';
import { type LoadMessage, type ScriptBar, trampolineAnswer, type WorkerAnswer } from './messages.ts';

const MEMORY_MB = 64;
const PREPARE_TIMEOUT_MS = 5000;
/** Evaluating a module and making its first state. */
const LOAD_TIMEOUT_MS = 1000;
/** A call that ran at least this part of its time limit used it up; else the machine was busy and the script is not to blame. */
const GUILTY_PART = 0.8;
const NS_PER_MS = 1e6;

/** One script in an isolate of its own. */
export interface ScriptIsolate {
  /** What loading came to. */
  readonly loaded: WorkerAnswer;
  /** Runs `onBar` for a closed bar, in `timeoutMs` at most. */
  bar(bar: ScriptBar, timeoutMs: number): WorkerAnswer;
  readonly isDisposed: boolean;
  dispose(): void;
}

type Call = Readonly<{ timeoutMs: number; run: () => unknown }>;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 200);
const failed = (error: unknown): WorkerAnswer => ({ kind: 'done', answer: { signals: [], logs: [], memory: '', error: messageOf(error) } });

/** Runs a call into an isolate and says how it ended; whatever stops it leaves the isolate disposed. */
const judge = (isolate: ivm.Isolate, { timeoutMs, run }: Call): WorkerAnswer => {
  const cpuBefore = isolate.cpuTime;
  try {
    const text = run();
    return { kind: 'done', answer: trampolineAnswer.parse(JSON.parse(String(text))) };
  } catch (error) {
    if (isolate.isDisposed) return { kind: 'killed', reason: 'memory' };
    if (!messageOf(error).includes('timed out')) return failed(error);
    const ranMs = Number(isolate.cpuTime - cpuBefore) / NS_PER_MS;
    isolate.dispose();
    return ranMs >= GUILTY_PART * timeoutMs ? { kind: 'killed', reason: 'timeout' } : { kind: 'starved' };
  }
};

const refuseImport = (specifier: string): never => {
  throw new SignalError('script_rejected', `a script may import '@signal/sdk' alone, and imports '${specifier.slice(0, 80)}'`);
};

const evaluate = (isolate: ivm.Isolate, context: ivm.Context, code: string): ivm.Reference<unknown> => {
  const sdk = isolate.compileModuleSync(sdkSource);
  sdk.instantiateSync(context, refuseImport);
  sdk.evaluateSync();
  const script = isolate.compileModuleSync(code, { filename: 'script' });
  script.instantiateSync(context, (specifier) => (specifier === '@signal/sdk' ? sdk : refuseImport(specifier)));
  script.evaluateSync({ timeout: LOAD_TIMEOUT_MS });
  return script.namespace.getSync('default', { reference: true }) as ivm.Reference<unknown>;
};

/** Makes an isolate for a script and loads it there. A failure of the script is in `loaded`, never thrown. */
export function createScriptIsolate(message: LoadMessage): ScriptIsolate {
  // V8 cannot go on after this: the process ends, and the supervisor starts another.
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB, onCatastrophicError: () => process.abort() });
  const context = isolate.createContextSync();
  const window = createIndicatorWindow(message.history);
  const ask = new ivm.Callback((expression: unknown) => window.read(String(expression)));
  const runtime = context.evalClosureSync(isolateSource, [ask], { timeout: PREPARE_TIMEOUT_MS, result: { reference: true } }) as ivm.Reference<
    Record<string, unknown>
  >;
  const functionOf = (name: string): ivm.Reference<(...given: unknown[]) => string> =>
    runtime.getSync(name, { reference: true }) as ivm.Reference<(...given: unknown[]) => string>;
  const [load, bar] = [functionOf('load'), functionOf('bar')];
  const { instrument, seed, params, memory, history } = message;
  const request = JSON.stringify({ instrument, seed, params, memory, history });
  const loaded = judge(isolate, {
    timeoutMs: LOAD_TIMEOUT_MS,
    run: () => load.applySync(undefined, [evaluate(isolate, context, message.code).derefInto(), request], { timeout: LOAD_TIMEOUT_MS }),
  });
  return {
    loaded,
    bar: (given, timeoutMs) => {
      window.push(given);
      return judge(isolate, { timeoutMs, run: () => bar.applySync(undefined, [JSON.stringify(given)], { timeout: timeoutMs }) });
    },
    get isDisposed() {
      return isolate.isDisposed;
    },
    dispose: () => {
      if (!isolate.isDisposed) isolate.dispose();
    },
  };
}
