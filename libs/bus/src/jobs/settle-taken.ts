import { createBackoff } from '@signal/kernel';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { JobStore, Settled, Settlement, TakenJob } from './job-store.ts';

/**
 * Settles a delivery, again and again where Redis does not answer: a repeat changes nothing. After `withinMs` nobody beats for the job any
 * more, so another worker has it or will, and this one gives up: undefined.
 */
export async function settleTaken(
  store: JobStore,
  job: TakenJob,
  how: Readonly<{ settlement: Settlement; withinMs: number }>,
): Promise<Settled | undefined> {
  const backoff = createBackoff({ baseMs: 20, maxMs: 500 });
  const untilMs = performance.now() + how.withinMs;
  for (;;) {
    try {
      return await store.settle(job, how.settlement);
    } catch {
      if (performance.now() >= untilMs) return undefined;
      await wait(backoff.nextMs());
    }
  }
}
