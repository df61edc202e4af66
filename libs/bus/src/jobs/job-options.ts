import { SignalError } from '@signal/contracts';
import { type JobLane, jobLanes, type NewJob } from './job.ts';
import { DEFAULT_RETRY } from './retry-delay.ts';

/** What a queue is. Everybody who opens it says the same; `shards` is fixed for its life. */
export type JobQueueOptions = Readonly<{
  /** `[a-z][a-z0-9-]*`, at most 64 characters. */
  name: string;
  /** Hash slots that the queue is spread over, each with an equal part of the bounds; a job lies in the shard of its id. */
  shards?: number;
  /** Jobs queued, delayed and running at most. */
  maxJobs?: number;
  /** After so long without a beat of its worker a job is given to another. */
  visibilityMs?: number;
  /** How long a succeeded or cancelled job is known, and its id deduplicated. */
  keepMs?: number;
  /** How long a failed job is known, and can be replayed. */
  keepFailedMs?: number;
  /** Finished jobs known at most, whatever their age. */
  keepJobs?: number;
  /** Dead letters kept at most. */
  keepLetters?: number;
  /** Added to the server's clock; for tests. */
  clockOffsetMs?: () => number;
}>;

/** A queue's options with everything said. */
export type QueueSettings = Readonly<Required<JobQueueOptions>>;

const HOUR_MS = 3_600_000;
const MOST_SHARDS = 64;
const MAX_PAYLOAD_BYTES = 64 * 1024;
const MAX_ATTEMPTS = 100;
const LONGEST_MS = 366 * 24 * HOUR_MS;
/** A timer cannot wait much longer. */
const LONGEST_TIMEOUT_MS = 7 * 24 * HOUR_MS;
const DEFAULT_TIMEOUT_MS = 10 * 60_000;
const nameShape = /^[a-z][a-z0-9-]{0,63}$/;
const idShape = /^[\x21-\x7e]{1,255}$/;

/** Returns the settings of a queue, or throws `argument_invalid`. */
export function queueSettings(options: JobQueueOptions): QueueSettings {
  if (!nameShape.test(options.name)) {
    throw new SignalError('argument_invalid', `a job queue is named "${options.name}", and its name must match ${nameShape.source}`);
  }
  const settings = {
    shards: 1,
    maxJobs: 100_000,
    visibilityMs: 30_000,
    keepMs: 24 * HOUR_MS,
    keepFailedMs: 7 * 24 * HOUR_MS,
    keepJobs: 100_000,
    keepLetters: 10_000,
    clockOffsetMs: () => 0,
    ...options,
  };
  whole('shards', settings.shards, [1, MOST_SHARDS]);
  whole('maxJobs', settings.maxJobs, [settings.shards, Number.MAX_SAFE_INTEGER]);
  whole('visibilityMs', settings.visibilityMs, [50, LONGEST_MS]);
  return settings;
}

/** A job with everything said and checked, ready to be sent. */
export type CheckedJob = Readonly<{
  id: string;
  lane: JobLane;
  payload: string;
  delayMs: number;
  deadlineMs: number | undefined;
  timeoutMs: number;
  attempts: number;
  baseMs: number;
  maxMs: number;
}>;

/** Returns the job with its defaults, or throws `argument_invalid` naming what is out of its bounds. */
export function checkJob(job: NewJob, freshId: () => string): CheckedJob {
  const id = job.id ?? freshId();
  if (!idShape.test(id))
    throw new SignalError('argument_invalid', `a job's id is "${id.slice(0, 300)}", and must be 1 to 255 visible ASCII characters`);
  const payload = JSON.stringify(job.payload) ?? 'null';
  const bytes = Buffer.byteLength(payload);
  if (bytes > MAX_PAYLOAD_BYTES) throw new SignalError('argument_invalid', `job ${id} has ${bytes} bytes, and may have ${MAX_PAYLOAD_BYTES}`);
  const retry = { ...DEFAULT_RETRY, ...job.retry };
  const lane = job.lane ?? 'normal';
  if (!jobLanes.includes(lane)) throw new SignalError('argument_invalid', `job ${id} is for lane "${lane}", and lanes are ${jobLanes.join(', ')}`);
  return {
    id,
    lane,
    payload,
    delayMs: whole('delayMs', job.delayMs ?? 0, [0, LONGEST_MS]),
    deadlineMs: job.deadlineMs === undefined ? undefined : whole('deadlineMs', job.deadlineMs, [1, LONGEST_MS]),
    timeoutMs: whole('timeoutMs', job.timeoutMs ?? DEFAULT_TIMEOUT_MS, [1, LONGEST_TIMEOUT_MS]),
    attempts: whole('attempts', retry.attempts, [1, MAX_ATTEMPTS]),
    baseMs: whole('baseMs', retry.baseMs, [0, LONGEST_MS]),
    maxMs: whole('maxMs', retry.maxMs, [0, LONGEST_MS]),
  };
}

function whole(name: string, value: number, [min, max]: readonly [number, number]): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new SignalError('argument_invalid', `${name} is ${value}, and must be a whole number from ${min} to ${max}`);
}
