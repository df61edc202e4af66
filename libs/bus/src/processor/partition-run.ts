import type { Topic } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import type { Lease } from '../ownership/lease.ts';
import { createOwnedRun, type OwnedRun, type OwnedState } from '../runs/owned-run.ts';
import { createSnapshotSchedule, paceOf } from '../snapshots/snapshot-schedule.ts';
import type { PartitionFold } from './partition-fold.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { lastIdsOf, readPosition, registerReader, type RestoredFold, restoreFold, type StoredPosition } from './restore-fold.ts';
import type { Skip } from './skips.ts';

/** What a restored partition works with. */
export type RunState = OwnedState & {
  fold: PartitionFold;
  generation: string;
  skips: Map<number, Skip>;
  lastIds: ReadonlyMap<Topic, string>;
  /** Attempts counted at this position by owners that died there. */
  attempt: string;
};

/** One owned partition of a processor, from lease to loss. */
export type PartitionRun = OwnedRun<RunState> & {
  /** The owner before was cut off, and nothing was folded since. */
  suspicious: boolean;
  /** Until this sequence entries are folded and committed one by one. */
  aloneUntilN: number;
};

/** A run that is restored. */
export type ReadyRun = PartitionRun & { state: RunState };

/** Returns the run of a lease, not restored yet. */
export function createRun(lease: Lease, options: ProcessorOptions): PartitionRun {
  return { ...createOwnedRun<RunState>(lease, options.retentionMs), suspicious: !lease.clean, aloneUntilN: 0 };
}

const stateOf = (position: StoredPosition, { fold, tMs, snapshotN }: RestoredFold, options: ProcessorOptions) => ({
  fold,
  n: position.n,
  cursor: position.cursor,
  tMs: Math.max(position.tMs, tMs),
  inHand: false,
  skips: position.skips,
  snapshots: createSnapshotSchedule(paceOf(options), snapshotN),
  attempt: position.attempt,
});

/** Returns the state of a run at its committed position, from snapshot and log; undefined once the run is lost. */
export async function restoreState(bus: Bus, options: ProcessorOptions, run: PartitionRun): Promise<RunState | undefined> {
  const { service } = options;
  const { partition } = run;
  const position = await readPosition(bus, service, partition);
  const { n, skips } = position;
  // Asked beside the restoring, since the partition stands still meanwhile.
  const beside = Promise.all([bus.redis.get(bus.keys.generation(partition % bus.slots)), lastIdsOf(bus, partition, options.outputs)]);
  beside.catch(() => undefined);
  const restored = await restoreFold(bus, options, { partition, toN: n, skips, stillWanted: () => !run.closed });
  if (restored === undefined) return undefined;
  try {
    const [[generation, lastIds]] = await Promise.all([beside, registerReader(bus, { service, partition, n, snapshotN: restored.snapshotN })]);
    return { ...stateOf(position, restored, options), generation: generation ?? '0', lastIds };
  } catch (error) {
    restored.fold.close?.();
    throw error;
  }
}
