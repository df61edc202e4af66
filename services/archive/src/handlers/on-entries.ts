import type { ArchiveDeps } from '../partitions/archive-deps.ts';
import { followInRedis, lowestNeeded, type ReadState } from '../partitions/follow-in-redis.ts';
import type { HeldPartition } from '../partitions/held-partition.ts';
import type { PartitionState } from '../partitions/partition-state.ts';
import { type Batch, storeBatch } from '../partitions/store-batch.ts';

/** Returns the handler of what one look at a partition's topics found: it is stored, and Redis is told. */
export function onEntries(deps: ArchiveDeps): (held: HeldPartition, batch: Batch, read: ReadState) => Promise<void> {
  return async (held, batch, read) => {
    const { state } = held;
    if (state === undefined || held.isLost || !held.lease.valid()) return;
    const next: PartitionState = batch.size === 0 ? state : await storeBatch(deps, state, batch);
    held.state = next;
    const neededN = lowestNeeded(next, read);
    if (batch.size === 0 && neededN === held.neededN) return;
    await followInRedis(deps.bus, next, neededN);
    held.neededN = neededN;
  };
}
