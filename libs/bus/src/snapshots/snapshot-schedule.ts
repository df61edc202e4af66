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
  /** Returns how many entries the next owner would fold again, if it began now. */
  ageEntries(n: number): number;
  /** A snapshot was taken; the next is due a pace later, whether or not it can be stored. */
  taken(n: number): void;
  stored(n: number): void;
}

/** Returns the schedule of a partition whose last snapshot was at `n`. */
export function createSnapshotSchedule(pace: SnapshotPace, n: number): SnapshotSchedule {
  let takenN = n;
  let takenMs = performance.now();
  let storedN = n;
  return {
    isDue: (at) => at - takenN >= pace.everyEntries || (at > takenN && performance.now() - takenMs >= pace.everyMs),
    ageEntries: (at) => at - storedN,
    taken: (at) => {
      takenN = at;
      takenMs = performance.now();
    },
    stored: (at) => {
      storedN = Math.max(storedN, at);
    },
  };
}
