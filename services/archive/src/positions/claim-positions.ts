import { type Lease, ZERO_ID } from '@signal/bus';
import { SignalError } from '@signal/contracts';
import type { Postgres, TransactionClient } from '@signal/store';
import { archivedTopics, type ArchivedTopic, type Cursor, type PartitionState } from '../partitions/partition-state.ts';
import { loadOpenSegment } from '../segments/load-open-segment.ts';

type PositionRow = Readonly<{ topic: ArchivedTopic; position: string; entries: number; generation: number }>;

const sql = `
  INSERT INTO positions (topic, partition, generation, epoch)
  SELECT topic, $2, $3, $4 FROM unnest($1::text[]) AS topic
  ON CONFLICT (topic, partition) DO UPDATE SET epoch = excluded.epoch WHERE positions.epoch <= excluded.epoch
  RETURNING topic, position, entries, generation`;

async function claim(client: TransactionClient, lease: Lease, generation: number): Promise<PartitionState> {
  const { rows } = await client.query<PositionRow>(sql, [archivedTopics, lease.partition, generation, lease.epoch]);
  if (rows.length < archivedTopics.length) {
    throw new SignalError(
      'fenced',
      `Postgres knows a later owner of partition ${lease.partition} than epoch ${lease.epoch}; if none lives, Redis lost its leases`,
    );
  }
  const cursorOf = (topic: ArchivedTopic): Cursor => {
    const row = rows.find((one) => one.topic === topic);
    return { position: row?.position ?? ZERO_ID, entries: row?.entries ?? 0 };
  };
  return {
    lease,
    generation: rows.find((row) => row.topic === 'market')?.generation ?? generation,
    cursors: { market: cursorOf('market'), bars: cursorOf('bars'), indicators: cursorOf('indicators'), scripts: cursorOf('scripts') },
    open: await loadOpenSegment(client, lease.partition),
  };
}

/** Shuts out every owner with a lower epoch and returns where the partition stands, or throws `fenced` when there is a later one. */
export function claimPositions(postgres: Postgres, lease: Lease, generation: number): Promise<PartitionState> {
  return postgres.transaction((client) => claim(client, lease, generation));
}
