import type { Lease } from '../ownership/lease.ts';
import { createRetention, DEFAULT_RETENTION_MS, type Retention } from '../processor/retention.ts';
import type { SnapshotSchedule } from '../snapshots/snapshot-schedule.ts';

/** What every restored partition knows, whatever it works with. All of it is thrown away after a failed commit. */
export type OwnedState = {
  /** Sequence of the last committed entry, and its cursor as stored ('' before the first commit). */
  n: number;
  cursor: string;
  /** The last mark in what is committed, 0 before the first. */
  tMs: number;
  snapshots: SnapshotSchedule;
  /** A batch is being made or committed: the state is ahead of what is stored. */
  inHand: boolean;
};

/** One owned partition, from lease to loss. */
export interface OwnedRun<State extends OwnedState> {
  readonly lease: Lease;
  readonly partition: number;
  /** Defined while the partition is restored and may be worked on. */
  state: State | undefined;
  readonly retention: Retention;
  /** Why the partition stands still, in words. */
  problem: string | undefined;
  closed: boolean;
  /** The snapshot being stored. */
  saving: Promise<void> | undefined;
}

/** Returns the run of a lease, not restored yet. */
export function createOwnedRun<State extends OwnedState>(lease: Lease, retentionMs = DEFAULT_RETENTION_MS): OwnedRun<State> {
  return {
    lease,
    partition: lease.partition,
    state: undefined,
    retention: createRetention(retentionMs),
    problem: undefined,
    closed: false,
    saving: undefined,
  };
}

/** Tells whether a run may still be worked on. */
export function isWanted(run: Pick<OwnedRun<OwnedState>, 'closed' | 'lease'>): boolean {
  return !run.closed && run.lease.valid();
}
