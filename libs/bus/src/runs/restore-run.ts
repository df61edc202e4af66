import { performance } from 'node:perf_hooks';
import { createBackoff } from '@signal/kernel';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import type { OwnedRun, OwnedState } from './owned-run.ts';

const LEASE_PAUSE_MS = 20;

/** How a run comes to its state: `restore` returns undefined once the run is lost, and throws what keeps it from being restored. */
export type Restoring<State, Run> = Readonly<{ service: string; restore(run: Run): Promise<State | undefined>; close(state: State): void }>;

/** Restores a run again and again until it works or the lease is lost. */
export async function restoreRun<State extends OwnedState, Run extends OwnedRun<State>>(
  bus: Bus,
  run: Run,
  { service, restore, close }: Restoring<State, Run>,
): Promise<void> {
  const backoff = createBackoff({ baseMs: 20, maxMs: 2_000 });
  while (!run.closed) {
    if (!run.lease.valid()) {
      // Redis is away, or another owner is about to be found: either way this is not the moment.
      await wait(LEASE_PAUSE_MS);
      continue;
    }
    try {
      const sinceMs = performance.now();
      const state = await restore(run);
      run.problem = undefined;
      if (state === undefined) return;
      if (run.closed) close(state);
      else run.state = state;
      bus.metrics?.restoreSeconds.observe({ service }, (performance.now() - sinceMs) / 1_000);
      return;
    } catch (error) {
      const problem = `partition ${run.partition} cannot be restored: ${String(error)}`;
      if (problem !== run.problem) bus.log.error({ service, partition: run.partition, error: String(error) }, 'a partition cannot be restored');
      run.problem = problem;
      await wait(backoff.nextMs());
    }
  }
}
