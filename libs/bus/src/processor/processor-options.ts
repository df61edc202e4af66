import type { Topic } from '@signal/contracts';
import type { Service } from '@signal/kernel';
import type { PartitionFold } from './partition-fold.ts';
import type { MemberDescription } from '../ownership/membership.ts';
import type { ReadOlder } from './read-log.ts';
import type { Migrate, SnapshotObjects } from '../snapshots/snapshot-types.ts';

/** What makes a processor of `market`. */
export type ProcessorOptions = Readonly<{
  service: string;
  info: MemberDescription;
  /** Version of the bytes that folds snapshot. A snapshot of another one is migrated, else the state is rebuilt from the log. */
  version: string;
  migrate?: Migrate;
  /** Where entries are that the log no longer reaches back to; without it such a partition stands still and says so. */
  readOlder?: ReadOlder | undefined;
  /** Topics that the fold writes. */
  outputs: readonly Topic[];
  createFold(partition: number, snapshot?: Uint8Array): PartitionFold;
  /** Where snapshots above 1 MiB go. */
  objects?: SnapshotObjects;
  /** Event time that the own public topics keep at least; default 15 minutes. */
  retentionMs?: number;
  /** Readers without whose registered need the own topics are not trimmed; default: the archive. */
  requiredReaders?: readonly string[];
  /** Entries folded into one commit at most; default 200. */
  batchEntries?: number;
  snapshotEveryMs?: number;
  snapshotEveryEntries?: number;
}>;

/** Where a partition stands: the sequence of the last committed entry, and the last mark in it (0 = none yet). */
export type Position = Readonly<{ n: number; tMs: number }>;

/** Told after each commit. */
export type CommitListener = (partition: number, position: Position) => void;

/** A service that folds the `market` log of the partitions it owns and publishes what comes out, each entry's effect exactly once. */
export interface Processor extends Service {
  /** Positions of the partitions that this member owns and has restored. */
  positions(): ReadonlyMap<number, Position>;
  onCommitted(listener: CommitListener): void;
}
