import { type ErrorCode, isSignalError, SignalError } from '@signal/contracts';
import type { JobHandler, RunningJob } from './job.ts';
import type { Settlement, TakenJob } from './job-store.ts';
import { retryDelayMs } from './retry-delay.ts';

/** Why a running job is aborted by its worker. `lost`: another worker has it or may have it. */
export type AbortReason = 'cancelled' | 'lost' | 'stopping';

/** A job that runs in this process. */
export interface JobRun {
  readonly job: TakenJob;
  readonly startedMs: number;
  progress(): number;
  /** Aborts the handler's signal; what it then does is not waited for, nor settled. */
  abort(reason: AbortReason): void;
  /** Resolves with what is to be settled, or why nothing is; it never rejects. */
  readonly result: Promise<Settlement | AbortReason>;
  /** Resolves when the handler has really ended, however long that takes after an abort. */
  readonly ended: Promise<void>;
}

/** What a handler is called with beside the job. */
export type RunOptions = Readonly<{ queue: string; handle: JobHandler; random: () => number; nowMs: () => number }>;

const MAX_RESULT_BYTES = 64 * 1024;
const MAX_ERROR_CHARACTERS = 2_000;

const failureOf = (error: unknown, job: TakenJob, random: () => number): Settlement => {
  const code: ErrorCode = isSignalError(error) ? error.code : 'job_failed';
  // A code whose row says so cannot be helped by trying again.
  const isFinal = isSignalError(error) && !error.retriable;
  return {
    outcome: isFinal ? 'failed' : 'retry',
    text: String(error).slice(0, MAX_ERROR_CHARACTERS),
    code,
    delayMs: retryDelayMs(job.attempt, job, random),
  };
};

const successOf = (value: unknown, job: TakenJob): Settlement => {
  const text = JSON.stringify(value) ?? 'null';
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_RESULT_BYTES) {
    throw new SignalError('argument_invalid', `the result of job ${job.id} has ${bytes} bytes, and may have ${MAX_RESULT_BYTES}`);
  }
  return { outcome: 'succeeded', text };
};

/** Starts a job's handler, bounded by its timeout and its deadline. */
export function runJob(job: TakenJob, options: RunOptions): JobRun {
  const controller = new AbortController();
  const aborted = Promise.withResolvers<Settlement | AbortReason>();
  const limitMs = Math.min(job.timeoutMs, job.deadlineInMs ?? job.timeoutMs);
  let share = 0;
  const timer = setTimeout(() => {
    const error = new SignalError('deadline_exceeded', `job ${job.id} took longer than ${limitMs} ms`);
    controller.abort(error);
    aborted.resolve(failureOf(error, job, options.random));
  }, limitMs);
  const running: RunningJob = {
    id: job.id,
    payload: job.payload,
    attempt: job.attempt,
    idempotencyKey: `${options.queue}/${job.id}`,
    signal: controller.signal,
    progress: (to) => {
      share = Math.min(1, Math.max(0, to));
    },
  };
  const settlement = (async (): Promise<Settlement> => {
    try {
      return successOf(await options.handle(running), job);
    } catch (error) {
      return failureOf(error, job, options.random);
    }
  })();
  return {
    job,
    startedMs: options.nowMs(),
    progress: () => share,
    abort: (reason) => {
      clearTimeout(timer);
      controller.abort(new SignalError('fenced', `job ${job.id} is ${reason}`));
      aborted.resolve(reason);
    },
    result: Promise.race([settlement, aborted.promise]),
    ended: settlement.then(() => clearTimeout(timer)),
  };
}
