import { performance } from 'node:perf_hooks';

/** How often snapshots are taken: after so many entries, or so long since the last if there was an entry. */
export type SnapshotPace = Readonly<{ everyEntries: number; everyMs: number }>;

/** Default pace: a new owner re-folds a few thousand entries at most. */
export const DEFAULT_SNAPSHOT_PACE: SnapshotPace = { everyEntries: 5_000, everyMs: 10_000 };

/** Returns the pace that options name, the default where they are silent. */
export function paceOf(options: Readonly<{ snapshotEveryEntries?: number; snapshotEveryMs?: number }>): SnapshotPace {
  return {
    everyEntries: options.snapshotEveryEntries ?? DEFAULT_SNAPSHOT_PACE.everyEntries,
    everyMs: options.snapshotEveryMs ?? DEFAULT_SNAPSHOT_PACE.everyMs,
  };
}

/** Says when the next snapshot of a partition is due. */
export interface SnapshotSchedule {
  isDue(n: number): boolean;
  /** Tells whether there is anything to put into a snapshot at `n` that the last does not hold. */
  isBehind(n: number): boolean;
  taken(n: number): void;
}

/** Returns the schedule of a partition whose last snapshot was at `n`. */
export function createSnapshotSchedule(pace: SnapshotPace, n: number): SnapshotSchedule {
  let lastN = n;
  let lastMs = performance.now();
  return {
    isDue: (at) => at - lastN >= pace.everyEntries || (at > lastN && performance.now() - lastMs >= pace.everyMs),
    isBehind: (at) => at > lastN,
    taken: (at) => {
      lastN = at;
      lastMs = performance.now();
    },
  };
}
