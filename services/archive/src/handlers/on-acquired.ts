import type { Lease } from '@signal/bus';
import type { ArchiveDeps } from '../partitions/archive-deps.ts';
import { type HeldPartition, holdPartition } from '../partitions/held-partition.ts';
import { takeUp } from '../partitions/take-up.ts';

/** Returns the handler of a won partition: it is read from the next round on. */
export function onAcquired(deps: ArchiveDeps, held: Map<number, HeldPartition>): (lease: Lease) => Promise<void> {
  return async (lease) => {
    const partition = holdPartition(lease);
    partition.state = await takeUp(deps, lease);
    held.set(lease.partition, partition);
  };
}
