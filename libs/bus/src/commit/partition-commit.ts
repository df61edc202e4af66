import type { EntryFields, Topic } from '@signal/contracts';
import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import type { Lease } from '../ownership/lease.ts';

/** An output with its id. */
export type IdentifiedEntry = Readonly<{ id: string; fields: EntryFields }>;

/** Outputs of one topic in one commit, in order; `prev` is the id before the first. Of several latest values for a field only the last is kept, and an empty one removes the field. */
export type TopicCommit = Readonly<{
  topic: Topic;
  prev: string;
  entries: readonly IdentifiedEntry[];
  latest: ReadonlyMap<string, string | Buffer>;
}>;

/** A consumer group that shows the committed position. `entriesRead` = entries of the stream up to `id`. */
export type GroupPosition = Readonly<{ topic: Topic; id: string; entriesRead: number }>;

/** Everything that one partition's batch changes. `expected` is what the position hash must hold, '' = absent. */
export type PartitionCommit = Readonly<{
  lease: Lease;
  expected: Readonly<Record<string, string>>;
  position: Readonly<Record<string, string>>;
  group: GroupPosition | undefined;
  topics: readonly TopicCommit[];
  deadLetters: readonly DeadLetter[];
}>;

/** Why a commit wrote nothing. */
export type CommitFailure = Readonly<{ code: 'fenced' | 'cursor_moved' | 'commit_refused'; detail: string }>;
/** `undefined`: committed. */
export type CommitResult = CommitFailure | undefined;
