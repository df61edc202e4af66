import { SignalError } from '@signal/contracts';
import type { TransactionClient } from '@signal/store';
import type { ArchivedTopic, Cursor, PartitionState } from '../partitions/partition-state.ts';

const sql = `
  UPDATE positions SET position = $4, entries = $5, generation = $6, epoch = $7
  WHERE topic = $1 AND partition = $2 AND position = $3 AND epoch <= $7`;

/** Where one topic goes on to. */
export type Advance = Readonly<{ topic: ArchivedTopic; to: Cursor; generation: number }>;

/** Moves a topic's position, or throws `fenced` when it is not where this owner left it or a later owner has it. */
export async function advancePosition(client: TransactionClient, state: PartitionState, { topic, to, generation }: Advance): Promise<void> {
  const { partition, epoch } = state.lease;
  const from = state.cursors[topic].position;
  const { rowCount } = await client.query(sql, [topic, partition, from, to.position, to.entries, generation, epoch]);
  if (rowCount === 1) return;
  throw new SignalError('fenced', `${topic} of partition ${partition} is not at ${from} any more, or belongs to a later owner than epoch ${epoch}`);
}
