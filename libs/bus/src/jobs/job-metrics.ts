import type { Metrics } from '@signal/kernel';
import { Counter, Gauge, Histogram } from 'prom-client';
import { jobLanes, type QueueCount } from './job.ts';

/** How a delivery ended. */
export type JobOutcome = 'succeeded' | 'failed' | 'retried' | 'cancelled' | 'fenced' | 'given_back' | 'unanswered';

/** Figures of one queue in the metrics of this process. */
export interface JobMetrics {
  ended(outcome: JobOutcome, seconds: number): void;
  counted(count: QueueCount): void;
}

const durationBucketsSeconds = [0.005, 0.02, 0.1, 0.5, 1, 5, 30, 120, 600, 3_600];

type Family = Readonly<{
  outcomes: Counter<'queue' | 'outcome'>;
  seconds: Histogram<'queue'>;
  depth: Gauge<'queue' | 'lane' | 'state'>;
  oldest: Gauge<'queue' | 'lane'>;
  letters: Gauge<'queue'>;
}>;

/** One family a registry, however many queues a process has. */
const families = new WeakMap<Metrics, Family>();

const familyOf = (metrics: Metrics): Family => {
  const known = families.get(metrics);
  if (known !== undefined) return known;
  const registers = [metrics.registry];
  const family: Family = {
    outcomes: new Counter({ name: 'signal_jobs_total', help: 'Deliveries of jobs by outcome', labelNames: ['queue', 'outcome'], registers }),
    seconds: new Histogram({
      name: 'signal_job_seconds',
      help: 'How long a job ran',
      labelNames: ['queue'],
      buckets: durationBucketsSeconds,
      registers,
    }),
    depth: new Gauge({ name: 'signal_job_queue_depth', help: 'Jobs in a queue', labelNames: ['queue', 'lane', 'state'], registers }),
    oldest: new Gauge({
      name: 'signal_job_queue_oldest_seconds',
      help: 'How long the first waiting job of a lane has been in it',
      labelNames: ['queue', 'lane'],
      registers,
    }),
    letters: new Gauge({ name: 'signal_job_dead_letters', help: 'Failed jobs that are kept', labelNames: ['queue'], registers }),
  };
  families.set(metrics, family);
  return family;
};

/** Returns the figures of a queue; without metrics they go nowhere. */
export function createJobMetrics(metrics: Metrics | undefined, queue: string): JobMetrics {
  if (metrics === undefined) return { ended: () => undefined, counted: () => undefined };
  const family = familyOf(metrics);
  return {
    ended: (outcome, seconds) => {
      family.outcomes.inc({ queue, outcome });
      family.seconds.observe({ queue }, seconds);
    },
    counted: ({ lanes, delayed, deadLetters }) => {
      for (const lane of jobLanes) {
        family.depth.set({ queue, lane, state: 'queued' }, lanes[lane].waiting);
        family.depth.set({ queue, lane, state: 'running' }, lanes[lane].running);
        family.oldest.set({ queue, lane }, lanes[lane].oldestMs / 1_000);
      }
      family.depth.set({ queue, lane: '', state: 'delayed' }, delayed);
      family.letters.set({ queue }, deadLetters);
    },
  };
}
