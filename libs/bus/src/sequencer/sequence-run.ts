import type { Topic } from '@signal/contracts';
import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import type { Lease } from '../ownership/lease.ts';
import type { RawEntry } from '../redis/stream-replies.ts';
import { createOwnedRun, type OwnedRun, type OwnedState } from '../runs/owned-run.ts';
import type { BackPressure } from './back-pressure.ts';
import type { SequencedEntry, SequencedPartition } from './sequenced-partition.ts';

/** A step on its way into the log: an entry, a move of the inbox, or both at once. */
export type Step = Readonly<{ entry: SequencedEntry | undefined; inboxTo: string | undefined; inboxRead: number; letters: readonly DeadLetter[] }>;

/** What an opened partition works with. */
export type SequenceState = OwnedState & {
  sequenced: SequencedPartition;
  /** Committed: inbox cursor as stored, inbox records read, control. */
  inbox: string;
  inboxRead: number;
  control: string;
  generation: string;
  /** History of the server to be stored with the next commit, '' when it is stored. */
  newOrigin: string;
  lastIds: ReadonlyMap<Topic, string>;
  backPressure: BackPressure;
  /** Handed out by the partition, not yet committed. */
  steps: Step[];
  /** Read from the inbox, not yet handed in. */
  inboxQueue: RawEntry[];
  /** Id up to which the inbox was read into the queue. */
  inboxReadTo: string;
  /** What of the inbox was about to be handed in when an owner was cut off, as stored. */
  inboxAttempt: string;
  /** When the inbox was last taken from. */
  inboxTakenAtMs: number;
};

/** One owned partition of the sequencer, from lease to loss. */
export type SequenceRun = OwnedRun<SequenceState> & {
  /** Inbox records are handed in one by one, after a batch of them made the partition throw. */
  inboxAlone: boolean;
  /** The inbox record that made it throw when it was alone, or that ended its owners. */
  poison: Readonly<{ id: string; error: unknown; attempts: number }> | undefined;
  /** The owner before was cut off, and nothing of the inbox was handed in since. */
  suspicious: boolean;
  /** Inbox records to be handed in one by one, since owners were cut off at one of them. */
  careLeft: number;
};

/** A run that is open. */
export type OpenRun = SequenceRun & { state: SequenceState };

/** Returns the run of a lease, not opened yet. */
export function createSequenceRun(lease: Lease, retentionMs: number | undefined): SequenceRun {
  return { ...createOwnedRun<SequenceState>(lease, retentionMs), inboxAlone: false, poison: undefined, suspicious: !lease.clean, careLeft: 0 };
}
