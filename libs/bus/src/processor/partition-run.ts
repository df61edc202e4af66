import type { Topic } from '@signal/contracts';
import { createBackoff } from '@signal/kernel';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import type { Lease } from '../ownership/lease.ts';
import { createSnapshotSchedule, DEFAULT_SNAPSHOT_PACE, type SnapshotSchedule } from '../snapshots/snapshot-schedule.ts';
import type { PartitionFold } from './partition-fold.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { lastIdsOf, readPosition, registerReader, restoreFold } from './restore-fold.ts';
import { createRetention, DEFAULT_RETENTION_MS, type Retention } from './retention.ts';
import type { Skip } from './skips.ts';

/** What a restored partition works with. All of it is thrown away after a failed commit. */
export type RunState = {
  fold: PartitionFold;
  /** Sequence of the last committed entry, and its cursor as stored ('' before the first commit). */
  n: number;
  cursor: string;
  tMs: number;
  generation: string;
  skips: Map<number, Skip>;
  lastIds: ReadonlyMap<Topic, string>;
  snapshots: SnapshotSchedule;
  /** Attempts counted at this position by owners that died there. */
  attempt: string;
};

/** One owned partition of a processor, from lease to loss. */
export interface PartitionRun {
  readonly lease: Lease;
  readonly partition: number;
  /** Defined while the partition is restored and may be worked on. */
  state: RunState | undefined;
  /** The owner before was cut off, and nothing was folded since. */
  suspicious: boolean;
  /** Until this sequence entries are folded and committed one by one. */
  aloneUntilN: number;
  readonly retention: Retention;
  /** Why the partition stands still, in words. */
  problem: string | undefined;
  closed: boolean;
  saving: Promise<void> | undefined;
}

/** Returns the run of a lease; `restoreRun` makes it ready. */
export function createRun(lease: Lease, options: ProcessorOptions): PartitionRun {
  return {
    lease,
    partition: lease.partition,
    state: undefined,
    suspicious: !lease.clean,
    aloneUntilN: 0,
    retention: createRetention(options.retentionMs ?? DEFAULT_RETENTION_MS),
    problem: undefined,
    closed: false,
    saving: undefined,
  };
}

/** Tells whether a run may still be worked on. */
export function isWanted(run: PartitionRun): boolean {
  return !run.closed && run.lease.valid();
}

const restoreOnce = async (bus: Bus, options: ProcessorOptions, run: PartitionRun): Promise<RunState | undefined> => {
  const { service } = options;
  const { partition } = run;
  const position = await readPosition(bus, service, partition);
  const restored = await restoreFold(bus, options, { partition, toN: position.n, skips: position.skips, stillWanted: () => !run.closed });
  if (restored === undefined) return undefined;
  await registerReader(bus, { service, partition, n: position.n, snapshotN: restored.snapshotN });
  const pace = {
    everyEntries: options.snapshotEveryEntries ?? DEFAULT_SNAPSHOT_PACE.everyEntries,
    everyMs: options.snapshotEveryMs ?? DEFAULT_SNAPSHOT_PACE.everyMs,
  };
  return {
    fold: restored.fold,
    n: position.n,
    cursor: position.cursor,
    tMs: Math.max(position.tMs, restored.tMs),
    generation: (await bus.redis.get(bus.keys.generation(partition % bus.slots))) ?? '0',
    skips: position.skips,
    lastIds: await lastIdsOf(bus, partition, options.outputs),
    snapshots: createSnapshotSchedule(pace, restored.snapshotN),
    attempt: position.attempt,
  };
};

/** Drops what a run has in memory. */
export function dropState(run: PartitionRun): void {
  run.state?.fold.close?.();
  run.state = undefined;
}

const LEASE_PAUSE_MS = 20;

/** Restores a run from snapshot and log, again and again until it works or the lease is lost. */
export async function restoreRun(bus: Bus, options: ProcessorOptions, run: PartitionRun): Promise<void> {
  dropState(run);
  const backoff = createBackoff({ baseMs: 20, maxMs: 2_000 });
  while (!run.closed) {
    if (!run.lease.valid()) {
      // Redis is away, or another owner is about to be found: either way this is not the moment.
      await wait(LEASE_PAUSE_MS);
      continue;
    }
    try {
      const state = await restoreOnce(bus, options, run);
      if (state !== undefined && !run.closed) run.state = state;
      else state?.fold.close?.();
      run.problem = undefined;
      return;
    } catch (error) {
      const problem = `partition ${run.partition} cannot be restored: ${String(error)}`;
      if (problem !== run.problem)
        bus.log.error({ service: options.service, partition: run.partition, error: String(error) }, 'a partition cannot be restored');
      run.problem = problem;
      await wait(backoff.nextMs());
    }
  }
}
