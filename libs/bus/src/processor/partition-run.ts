import type { Topic } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import type { Lease } from '../ownership/lease.ts';
import { createOwnedRun, type OwnedRun, type OwnedState } from '../runs/owned-run.ts';
import { createSnapshotSchedule, paceOf } from '../snapshots/snapshot-schedule.ts';
import type { PartitionFold } from './partition-fold.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { lastIdsOf, readPosition, registerReader, restoreFold } from './restore-fold.ts';
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

/** Returns the state of a run at its committed position, from snapshot and log; undefined once the run is lost. */
export async function restoreState(bus: Bus, options: ProcessorOptions, run: PartitionRun): Promise<RunState | undefined> {
  const { service } = options;
  const { partition } = run;
  const position = await readPosition(bus, service, partition);
  const restored = await restoreFold(bus, options, { partition, toN: position.n, skips: position.skips, stillWanted: () => !run.closed });
  if (restored === undefined) return undefined;
  await registerReader(bus, { service, partition, n: position.n, snapshotN: restored.snapshotN });
  return {
    fold: restored.fold,
    n: position.n,
    cursor: position.cursor,
    tMs: Math.max(position.tMs, restored.tMs),
    inHand: false,
    generation: (await bus.redis.get(bus.keys.generation(partition % bus.slots))) ?? '0',
    skips: position.skips,
    lastIds: await lastIdsOf(bus, partition, options.outputs),
    snapshots: createSnapshotSchedule(paceOf(options), restored.snapshotN),
    attempt: position.attempt,
  };
}
