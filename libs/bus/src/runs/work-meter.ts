import { performance } from 'node:perf_hooks';
import type { PartitionWork } from '../ownership/partition-work.ts';

/** Adds up what is done per partition until somebody takes it. */
export interface WorkMeter {
  /** Notes time spent on a partition, and entries brought forward by it. */
  add(partition: number, busyMs: number, entries: number): void;
  /** Returns what was noted since the last call, and begins anew. */
  take(): ReadonlyMap<number, PartitionWork>;
}

/**
 * Returns a meter that begins now. Work that waits for another process, such as a script's, is noted with its wait, and waits overlap:
 * a process cannot have spent more time than has passed, so the sum is brought down to that.
 */
export function createWorkMeter(nowMs: () => number = () => performance.now()): WorkMeter {
  let work = new Map<number, { busyMs: number; entries: number }>();
  let sinceMs = nowMs();
  return {
    add: (partition, busyMs, entries) => {
      const known = work.get(partition);
      if (known === undefined) {
        work.set(partition, { busyMs, entries });
        return;
      }
      known.busyMs += busyMs;
      known.entries += entries;
    },
    take: () => {
      const taken = work;
      const untilMs = nowMs();
      const passedMs = untilMs - sinceMs;
      const busyMs = [...taken.values()].reduce((sum, one) => sum + one.busyMs, 0);
      if (busyMs > passedMs) for (const one of taken.values()) one.busyMs *= passedMs / busyMs;
      work = new Map();
      sinceMs = untilMs;
      return taken;
    },
  };
}
