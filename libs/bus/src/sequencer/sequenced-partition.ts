import type { ErrorCode, InboxRecord, MarketRecord } from '@signal/contracts';
import type { LogEntry, Output } from '../processor/partition-fold.ts';

/** A record of a feed or of the inbox that was refused; it is dead-lettered in the commit of its entry. */
export type Rejected = Readonly<{ code: ErrorCode; error: string; record: unknown }>;

/** One entry to be sequenced. */
export type SequencedEntry = Readonly<{
  records: readonly MarketRecord[];
  /** Derived entries under the same id, such as bars. */
  outputs: readonly Output[];
  /** What was refused on the way to this entry. */
  rejected?: readonly Rejected[];
  /** State after this entry, at most 4 KiB: enough to make the next one. */
  control: string;
}>;

/** What a partition is opened with: what its last owner committed. */
export type OpenedAt = Readonly<{
  control?: string;
  /** State at `snapshotN`; entries after it come by `restore`. */
  snapshot?: Uint8Array;
  snapshotN: number;
  lastN: number;
  generation: number;
}>;

/** A record of the inbox and the id it was appended under. */
export type InboxEntry = Readonly<{ id: string; record: InboxRecord }>;

/** The writer of one partition's log. Its state runs ahead of what is committed; after a failed commit it is dropped and opened again. */
export interface SequencedPartition {
  /** Takes an entry of the own log, after the snapshot, in order, up to `lastN`; also a `gap` record that the sequencer wrote. */
  restore(entry: LogEntry): void;
  /** The log has been restored. */
  ready?(): void;
  /**
   * Returns the entry that these records make, or nothing. The inbox moves past them in the same commit. While the log is held back
   * because a reader is behind, the partition may leave out what newer records of the same call make pointless.
   */
  onInbox(records: readonly InboxEntry[], isHeldBack: boolean): SequencedEntry | undefined;
  /** Returns the entries that are due now, at most `limit`; their content is deterministic. */
  due(limit: number): readonly SequencedEntry[];
  /** Returns in how many milliseconds `due` may have more, or undefined when nothing is scheduled. */
  nextDueInMs(): number | undefined;
  /** Returns the state; called only when everything handed out is committed. */
  snapshot(): Uint8Array;
  committed(n: number): void;
  /** Frees what the partition holds besides memory. */
  close?(): void;
}
