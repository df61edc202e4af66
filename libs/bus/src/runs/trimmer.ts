import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { isWanted, type OwnedRun, type OwnedState } from './owned-run.ts';

const TRIM_EVERY_MS = 2_000;

/** Returns what trims a run every two seconds, in the background: a trim that fails is tried again with the next. */
export function createTrimmer<Run extends OwnedRun<OwnedState>>(
  bus: Bus,
  service: string,
  trim: (run: Run) => readonly Promise<unknown>[],
): (run: Run) => void {
  const lastMs = new WeakMap<Run, number>();
  return (run) => {
    const nowMs = performance.now();
    if (nowMs - (lastMs.get(run) ?? 0) < TRIM_EVERY_MS || !isWanted(run)) return;
    lastMs.set(run, nowMs);
    Promise.all(trim(run)).catch((error: unknown) =>
      bus.log.debug({ service, partition: run.partition, error: String(error) }, 'topics were not trimmed'),
    );
  };
}
