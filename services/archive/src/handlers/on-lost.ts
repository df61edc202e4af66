import type { Lease } from '@signal/bus';
import type { HeldPartition } from '../partitions/held-partition.ts';

/** Returns the handler of a lost partition: the batch in hand ends (Postgres decides whether it counts), and no other begins. */
export function onLost(held: Map<number, HeldPartition>): (lease: Lease) => Promise<void> {
  return async ({ partition, epoch }) => {
    const lost = held.get(partition);
    if (lost === undefined || lost.lease.epoch !== epoch) return;
    lost.isLost = true;
    await lost.work;
    held.delete(partition);
  };
}
