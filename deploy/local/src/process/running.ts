import type { ChildProcess } from 'node:child_process';
import { SignalError } from '@signal/contracts';
import { endChild, type Gone, lastLine, whenGone } from './child.ts';

/** A process that can take work. */
export type Running = Readonly<{
  pid: number;
  url: string;
  /** Resolves with how it went once it is gone. */
  gone: Promise<Gone>;
  /** Ends it; returns whether it ended by itself in time. */
  stop(): Promise<boolean>;
}>;

/** A process to start, and how to tell that it can take work. */
export type Launch = Readonly<{
  name: string;
  logFile: string;
  launch(): ChildProcess;
  /** Resolves with the process's address once it can take work; stops trying when the signal aborts. */
  whenReady(child: ChildProcess, signal: AbortSignal): Promise<string>;
  stopSignal: NodeJS.Signals;
  stopTimeoutMs: number;
}>;

/** Starts a process and resolves when it is ready; throws `backend_failed`, or `exhausted`, with its last words when it dies before. */
export async function startRunning(spec: Launch, signal: AbortSignal): Promise<Running> {
  const child = spec.launch();
  const settled = new AbortController();
  const gone = whenGone(child);
  const died = gone.then(({ how, isExhausted }): never => {
    throw new SignalError(isExhausted ? 'exhausted' : 'backend_failed', `${spec.name} ${how} before it was ready${lastWords(spec.logFile)}`);
  });
  try {
    const url = await Promise.race([spec.whenReady(child, AbortSignal.any([settled.signal, signal])), died]);
    return { pid: child.pid ?? 0, url, gone, stop: () => endChild(child, spec.stopSignal, spec.stopTimeoutMs) };
  } catch (error) {
    await endChild(child, spec.stopSignal, spec.stopTimeoutMs);
    // A program that is not there fails as an event of the child, which says less than `died` does.
    throw child.pid === undefined ? await died.catch((cause: unknown) => cause) : error;
  } finally {
    settled.abort();
    died.catch(() => undefined);
  }
}

/** Returns the last line of a log that says something, and where the log is, to close an error's sentence. */
export function lastWords(logFile: string): string {
  const last = lastLine(logFile);
  return `${last === '' ? '' : `: ${last}`} (${logFile})`;
}
