import { SignalError } from '@signal/contracts';
import { randomUUID } from 'node:crypto';
import type { Bus } from '../bus.ts';
import { countAll } from './count-all.ts';
import type { Enqueued, Job, JobLetter, JobState, NewJob, QueueCount } from './job.ts';
import { createJobMetrics } from './job-metrics.ts';
import { checkJob, type JobQueueOptions, queueSettings } from './job-options.ts';
import { jobShards, shardFor } from './job-shards.ts';
import { createJobStore, type JobStore } from './job-store.ts';
import { createJobWorker, type JobWorker, type WorkerOptions } from './job-worker.ts';
import { readJob, readJobLetters } from './read-job.ts';

/**
 * Jobs that may be done in any order, by whichever worker is free. A job is done at least once: a worker that dies or stands still loses it
 * to another after the visibility timeout. What a job does outside is done once only if it is keyed by `idempotencyKey`.
 */
export interface JobQueue {
  readonly name: string;
  /** Throws `overloaded` naming the bound when the queue is full, `argument_invalid` when the job is not one. */
  enqueue(job: NewJob): Promise<Enqueued>;
  /** Returns what is known of a job; undefined when there never was one or it is forgotten. */
  readJob(id: string): Promise<Job | undefined>;
  /** Cancels a job that is not finished, also while it runs, and returns its state now; undefined when it is unknown. */
  cancelJob(id: string): Promise<JobState | undefined>;
  /** Gives a failed job all its attempts again. Throws `job_not_failed`, or `not_found` when the job is unknown. */
  replayJob(id: string): Promise<void>;
  /** Returns failed jobs, newest first. */
  readLetters(count: number): Promise<readonly JobLetter[]>;
  count(): Promise<QueueCount>;
  /** Returns a worker of this queue, at rest; whoever makes it starts and stops it. */
  createWorker(options: WorkerOptions): JobWorker;
}

/** Opens a queue on the bus. It needs no set-up: the first job or worker makes what is missing. */
export function createJobQueue(bus: Bus, options: JobQueueOptions): JobQueue {
  const settings = queueSettings(options);
  const shards = jobShards(bus.keys, settings);
  const stores = shards.map((shard) => createJobStore(bus, settings, shard));
  const metrics = createJobMetrics(bus.metrics, settings.name);
  const storeFor = (id: string): JobStore => stores[shardFor(shards, id).index] as JobStore;
  const full = (jobs: string): SignalError =>
    new SignalError(
      'overloaded',
      `job queue ${settings.name} holds ${jobs} jobs${shards.length > 1 ? ' in a shard' : ''}, and may hold ${shards[0]?.maxJobs}`,
    );
  return {
    name: settings.name,
    enqueue: async (job) => {
      const checked = checkJob(job, randomUUID);
      const { id } = checked;
      const { outcome, detail } = await storeFor(id).enqueue(checked);
      if (outcome === 'overloaded') throw full(detail);
      return outcome === 'duplicate' ? { id, outcome, state: detail as JobState } : { id, outcome: outcome as 'queued' | 'delayed' };
    },
    readJob: (id) => readJob(bus, shardFor(shards, id), id),
    cancelJob: async (id) => {
      const { state } = await storeFor(id).cancel(id);
      return state === '' ? undefined : state;
    },
    replayJob: async (id) => {
      const { outcome, detail } = await storeFor(id).replay(id);
      if (outcome === 'overloaded') throw full(detail);
      if (outcome === 'refused' && detail === '') throw new SignalError('not_found', `there is no job ${id}`);
      if (outcome === 'refused') throw new SignalError('job_not_failed', `job ${id} is ${detail}, and only a failed one can be replayed`);
    },
    readLetters: async (count) => {
      const letters = await Promise.all(shards.map((shard) => readJobLetters(bus, shard, count)));
      return letters
        .flat()
        .toSorted((a, b) => b.failedMs - a.failedMs)
        .slice(0, count);
    },
    count: () => countAll(stores),
    createWorker: (worker) => createJobWorker({ bus, settings, stores, metrics }, worker),
  };
}
