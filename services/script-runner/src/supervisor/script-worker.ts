import { SignalError } from '@signal/contracts';
import { type Logger, withDeadline } from '@signal/kernel';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { workerAnswer, type WorkerAnswer, type WorkerRequest } from '../worker/messages.ts';
import { cpuTimeMs } from './cpu-time.ts';
import { launchWorker, type SandboxLayers } from './worker-launch.ts';

/** Limits of one call, outside the isolate. */
export type WorkerLimits = Readonly<{
  /** Processor time without an answer, beyond the isolate's own limit, after which the process is killed. */
  unresponsiveMs: number;
  /** Wall time after which it is killed whatever it used. */
  hardLimitMs: number;
  startTimeoutMs: number;
}>;

/** What a worker needs of its service. `onKill` counts. */
export type WorkerDeps = Readonly<{ layers: SandboxLayers; limits: WorkerLimits; log: Logger; onKill: (reason: string) => void }>;

/** One process of isolates, started again whenever it dies. Calls are made one at a time, in the order asked. */
export interface ScriptWorker {
  /** The process, while one runs. */
  readonly pid: number | undefined;
  /** Starts the process ahead of the first call, which would wait a second for it. */
  start(): Promise<void>;
  ask(request: WorkerRequest): Promise<WorkerAnswer>;
  stop(): Promise<void>;
}

type Running = { child: ChildProcess; waiting: ((answer: WorkerAnswer) => void) | undefined };
const CHECK_EVERY_MS = 25;

const isUp = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

const start = async ({ layers, limits, log }: WorkerDeps): Promise<Running> => {
  const child = launchWorker(layers);
  const running: Running = { child, waiting: undefined };
  child.on('message', (message: Readonly<{ answer: unknown }>) => {
    const parsed = workerAnswer.safeParse(message.answer);
    running.waiting?.(parsed.success ? parsed.data : { kind: 'killed', reason: 'unresponsive' });
  });
  child.on('error', (error) => log.error({ error: String(error) }, 'the script process failed'));
  const greeted = Promise.race([once(child, 'message'), once(child, 'exit')]);
  try {
    await withDeadline(greeted, limits.startTimeoutMs, 'the start of the script process');
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  if (!isUp(child)) throw new SignalError('sandbox_failed', `the script process ended with ${child.exitCode ?? child.signalCode} at its start`);
  return running;
};

/** Watches a call from outside: resolves when the process must be killed, since it runs on without an answer. */
const overrun = (child: ChildProcess, allowedMs: number, hardLimitMs: number): Readonly<{ happened: Promise<WorkerAnswer>; cancel: () => void }> => {
  const startedAtMs = performance.now();
  const cpuBefore = cpuTimeMs(child.pid ?? 0);
  let timer: NodeJS.Timeout | undefined;
  const happened = new Promise<WorkerAnswer>((resolve) => {
    timer = setInterval(() => {
      const wallMs = performance.now() - startedAtMs;
      const cpuNow = cpuTimeMs(child.pid ?? 0);
      // A process that got no processor is not to blame for its silence.
      const usedMs = cpuBefore === undefined || cpuNow === undefined ? wallMs : cpuNow - cpuBefore;
      if (usedMs >= allowedMs || wallMs >= hardLimitMs) resolve({ kind: 'killed', reason: 'unresponsive' });
    }, CHECK_EVERY_MS);
  });
  return { happened, cancel: () => clearInterval(timer) };
};

const exchange = async (running: Running, request: WorkerRequest, limits: WorkerLimits): Promise<WorkerAnswer> => {
  const { child } = running;
  const allowedMs = (request.type === 'bar' ? request.timeoutMs : limits.startTimeoutMs) + limits.unresponsiveMs;
  const watch = overrun(child, allowedMs, limits.hardLimitMs + allowedMs);
  const onExit = (): void => running.waiting?.({ kind: 'killed', reason: 'unresponsive' });
  child.once('exit', onExit);
  try {
    const answered = new Promise<WorkerAnswer>((resolve) => {
      running.waiting = resolve;
    });
    child.send({ id: 1, request });
    return await Promise.race([answered, watch.happened]);
  } finally {
    watch.cancel();
    running.waiting = undefined;
    child.removeListener('exit', onExit);
  }
};

const end = async (child: ChildProcess): Promise<void> => {
  if (!isUp(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
};

/** Returns a worker; its process is started by `start`, and by a call that finds none. */
export function createScriptWorker(deps: WorkerDeps): ScriptWorker {
  let running: Running | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let isStopped = false;

  const up = async (): Promise<Running> => {
    if (isStopped) throw new SignalError('sandbox_failed', 'the script process is stopped');
    if (running === undefined || !isUp(running.child)) running = await start(deps);
    return running;
  };
  const call = async (request: WorkerRequest): Promise<WorkerAnswer> => {
    const asked = await up();
    const answer = await exchange(asked, request, deps.limits);
    if (answer.kind !== 'killed') return answer;
    deps.onKill(answer.reason);
    if (answer.reason !== 'unresponsive') return answer;
    deps.log.warn({ key: request.key }, 'the script process did not answer and was killed');
    await end(asked.child);
    return answer;
  };
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };

  return {
    get pid() {
      return running?.child.pid;
    },
    start: async () => {
      await inTurn(up);
    },
    ask: (request) => inTurn(() => call(request)),
    stop: async () => {
      isStopped = true;
      if (running !== undefined) await end(running.child);
      // One that was just being started is there now.
      await last;
      if (running !== undefined) await end(running.child);
    },
  };
}
