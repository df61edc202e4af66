import type { Topic } from '@signal/contracts';
import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import type { Lease } from '../ownership/lease.ts';
import type { Retention } from '../processor/retention.ts';
import type { RawEntry } from '../redis/stream-replies.ts';
import type { SnapshotSchedule } from '../snapshots/snapshot-schedule.ts';
import type { BackPressure } from './back-pressure.ts';
import type { SequencedEntry, SequencedPartition } from './sequenced-partition.ts';

/** A step on its way into the log: an entry, a move of the inbox, or both at once. */
export type Step = Readonly<{ entry: SequencedEntry | undefined; inboxTo: string | undefined; inboxRead: number; letters: readonly DeadLetter[] }>;

/** What an opened partition works with. All of it is thrown away after a failed commit. */
export type SequenceState = {
  sequenced: SequencedPartition;
  /** Committed: sequence, cursor as stored ('' before the first commit), inbox cursor as stored, inbox records read, control. */
  n: number;
  cursor: string;
  inbox: string;
  inboxRead: number;
  control: string;
  tMs: number;
  generation: string;
  lastIds: ReadonlyMap<Topic, string>;
  snapshots: SnapshotSchedule;
  backPressure: BackPressure;
  /** Handed out by the partition, not yet committed. */
  steps: Step[];
  /** Read from the inbox, not yet handed in. */
  inboxQueue: RawEntry[];
  /** Id up to which the inbox was read into the queue. */
  inboxReadTo: string;
};

/** One owned partition of the sequencer, from lease to loss. */
export interface SequenceRun {
  readonly lease: Lease;
  readonly partition: number;
  state: SequenceState | undefined;
  readonly retention: Retention;
  problem: string | undefined;
  closed: boolean;
  saving: Promise<void> | undefined;
  /** Inbox records are handed in one by one, after a batch of them made the partition throw. */
  inboxAlone: boolean;
  /** The inbox record that made it throw when it was alone. */
  poisonId: string | undefined;
}

/** A run that is open. */
export type OpenRun = SequenceRun & { state: SequenceState };

/** Tells whether a run may still be worked on. */
export function isWanted(run: SequenceRun): boolean {
  return !run.closed && run.lease.valid();
}

/** Drops what a run has in memory. */
export function dropState(run: SequenceRun): void {
  run.state?.sequenced.close?.();
  run.state = undefined;
}
