import type { Topic } from '@signal/contracts';
import type { Service } from '@signal/kernel';
import type { Position } from '../processor/processor-options.ts';
import type { MemberDescription } from '../ownership/membership.ts';
import type { ReaderBudgets } from '../retention/reader-budgets.ts';
import type { ReadOlder } from '../processor/read-log.ts';
import type { Migrate, SnapshotObjects } from '../snapshots/snapshot-types.ts';
import type { OpenedAt, SequencedPartition } from './sequenced-partition.ts';

/** What makes the sequencer of `market`. */
export type SequencerOptions = Readonly<{
  service: string;
  info: MemberDescription;
  /** Version of the bytes that partitions snapshot. A snapshot of another one is migrated, else the state is rebuilt from the log. */
  version: string;
  migrate?: Migrate;
  /** Where entries are that the log no longer reaches back to; without it such a partition stands still and says so. */
  readOlder?: ReadOlder | undefined;
  open(partition: number, at: OpenedAt): Promise<SequencedPartition>;
  /** Topics that entries derive beside `market`; default `bars`. */
  outputs?: readonly Topic[];
  objects?: SnapshotObjects;
  /** How far the log may run ahead of the slowest consumer group; default 5,000. */
  maxLagEntries?: number;
  /** Readers without whose registered need the log is not trimmed at all; default: the fleet's. */
  requiredReaders?: readonly string[];
  /** What a registered reader may keep the trim waiting for; default: six hours, 512 MiB. */
  readerBudgets?: ReaderBudgets;
  retentionMs?: number;
  snapshotEveryMs?: number;
  snapshotEveryEntries?: number;
}>;

/** The one writer of `market`: it owns partitions and commits their entries, bars, control and inbox cursor in one call. */
export interface Sequencer extends Service {
  positions(): ReadonlyMap<number, Position>;
  /** Asks a partition again what is due, when something other than time or the inbox made it so. */
  wake(partition: number): void;
}
