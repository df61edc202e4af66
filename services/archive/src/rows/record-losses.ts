import { copy, type TransactionClient } from '@signal/store';
import type { PartitionState } from '../partitions/partition-state.ts';
import type { Gap } from '../positions/find-gaps.ts';
import type { Rejection } from './signal-rows.ts';

const gapColumns = ['topic', 'partition', 'generation', 'after_id', 'next_id', 'reason'];
const rejectedColumns = ['topic', 'partition', 'entry_id', 'index', 'reason'];

const storable = (text: string): string => text.replaceAll('\u0000', '\\0').toWellFormed();

/** Stores what was missing and what was refused, in the transaction that goes past it. */
export async function recordLosses(
  client: TransactionClient,
  state: PartitionState,
  losses: Readonly<{ gaps: readonly Gap[]; rejected: readonly Rejection[] }>,
): Promise<void> {
  const { partition } = state.lease;
  const gaps = losses.gaps.map((gap) => [gap.topic, partition, state.generation, gap.afterId, gap.nextId, gap.reason]);
  const rejected = losses.rejected.map(({ topic, entryId, index, reason }) => [topic, partition, entryId, index, storable(reason)]);
  await copy(client, { table: 'gaps', columns: gapColumns }, gaps);
  await copy(client, { table: 'rejected_records', columns: rejectedColumns }, rejected);
}
