import type { RetryPolicy } from './job.ts';

/** What holds for a job that says nothing else. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 5, baseMs: 1_000, maxMs: 60_000 };

/** Returns how long to wait after a failed attempt (the first is 1): doubled each time up to the cap, less a random half so that jobs do not return in step. */
export function retryDelayMs(attempt: number, { baseMs, maxMs }: Omit<RetryPolicy, 'attempts'>, random: () => number): number {
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(ceilingMs * (1 - random() / 2));
}
