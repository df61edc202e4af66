import type { ErrorCode } from '@signal/contracts';

/** Lanes of a queue, by how often their turn comes. */
export const jobLanes = ['high', 'normal', 'low'] as const;
/** A lane's name. */
export type JobLane = (typeof jobLanes)[number];

/** `queued` waits in its lane, `delayed` for its time or its next attempt; the last three are final. */
export type JobState = 'queued' | 'delayed' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** How often a job is tried, and how long it waits before each further attempt: doubled from `baseMs` to `maxMs`, less a random half. */
export type RetryPolicy = Readonly<{ attempts: number; baseMs: number; maxMs: number }>;

/** A job to be done. `payload` travels as JSON. */
export type NewJob = Readonly<{
  /** Who enqueues an id again, while the queue knows it, enqueues nothing. 1-255 visible ASCII characters; absent: a random one. */
  id?: string;
  payload: unknown;
  lane?: JobLane;
  /** It is not begun before. */
  delayMs?: number;
  /** From now: a job not begun by then fails, one that runs is aborted, and no retry is waited for beyond. */
  deadlineMs?: number;
  /** Of one attempt. */
  timeoutMs?: number;
  retry?: Partial<RetryPolicy>;
}>;

/** What became of an enqueue: the job is in the queue, or its id was there before in this state. */
export type Enqueued = Readonly<{ id: string; outcome: 'queued' | 'delayed' } | { id: string; outcome: 'duplicate'; state: JobState }>;

/** What is known of a job. Times are the server's. */
export type Job = Readonly<{
  id: string;
  state: JobState;
  lane: JobLane;
  attempts: number;
  maxAttempts: number;
  progress: number;
  createdMs: number;
  dueMs: number | null;
  startedMs: number | null;
  finishedMs: number | null;
  /** Of its last attempt, if that failed. */
  error: Readonly<{ code: ErrorCode; message: string }> | null;
  result: unknown;
}>;

/** A job that failed for good. */
export type JobLetter = Readonly<{ job: string; code: ErrorCode; error: string; attempts: number; failedMs: number }>;

/** Jobs of one lane; `oldestMs` is how long the first of those that wait has been in it. */
export type LaneCount = Readonly<{ waiting: number; running: number; oldestMs: number }>;

/** How much a queue holds. */
export type QueueCount = Readonly<{ lanes: Readonly<Record<JobLane, LaneCount>>; delayed: number; deadLetters: number }>;

/** A job in the hands of a worker. */
export type RunningJob = Readonly<{
  id: string;
  payload: unknown;
  /** 1 for the first. */
  attempt: number;
  /** The same for every attempt and delivery of this job: whatever it does outside is to be done once for this key. */
  idempotencyKey: string;
  /** Aborted when the job is cancelled, its time is over, another worker has it, or the worker must stop. */
  signal: AbortSignal;
  /** Says how far it is, 0 to 1; stored with the next beat. */
  progress(share: number): void;
}>;

/** Does one job; its answer is kept as the job's result. It is called at least once for a job, and may be called again after a crash. */
export type JobHandler = (job: RunningJob) => Promise<unknown>;
