import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { PressureBudgets } from './pressure-settings.ts';
import type { Probe, Usage } from './probe.ts';

const RESOLUTION_MS = 20;
/** A single long pause, as of a collection or of a stopped process, is no 99th percentile of so many checks. */
const CHECKS_A_WINDOW = 5;
const NANOSECONDS_A_MS = 1e6;

/** Returns the probe of the event loop: the 99th percentile of its delay in the last full window of five checks. */
export function eventLoopProbe(budgets: () => PressureBudgets): Probe {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let checks = 0;
  let delayMs = 0;
  return {
    resource: 'event_loop',
    measure: (): Usage => {
      checks += 1;
      if (checks % CHECKS_A_WINDOW === 0) {
        // What it records is the time between two of its own beats.
        delayMs = histogram.count === 0 ? 0 : Math.max(0, histogram.percentile(99) / NANOSECONDS_A_MS - RESOLUTION_MS);
        histogram.reset();
      }
      const budgetMs = budgets().EVENT_LOOP_BUDGET_MS;
      return { ratio: delayMs / budgetMs, words: `${Math.round(delayMs)} ms late at p99 of ${budgetMs} ms` };
    },
    close: () => void histogram.disable(),
  };
}
