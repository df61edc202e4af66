import { performance } from 'node:perf_hooks';

/** How often snapshots are taken: after so many entries, or so long since the last if there was an entry. */
export type SnapshotPace = Readonly<{ everyEntries: number; everyMs: number }>;

/** Default pace: a new owner re-folds a few thousand entries at most. */
export const DEFAULT_SNAPSHOT_PACE: SnapshotPace = { everyEntries: 5_000, everyMs: 10_000 };

/** Says when the next snapshot of a partition is due. */
export interface SnapshotSchedule {
  isDue(n: number): boolean;
  taken(n: number): void;
}

/** Returns the schedule of a partition whose last snapshot was at `n`. */
export function createSnapshotSchedule(pace: SnapshotPace, n: number): SnapshotSchedule {
  let lastN = n;
  let lastMs = performance.now();
  return {
    isDue: (at) => at - lastN >= pace.everyEntries || (at > lastN && performance.now() - lastMs >= pace.everyMs),
    taken: (at) => {
      lastN = at;
      lastMs = performance.now();
    },
  };
}
