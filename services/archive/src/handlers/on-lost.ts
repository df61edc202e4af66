import type { Lease, LostReason } from '@signal/bus';
import type { Failures } from '../partitions/failures.ts';
import type { HeldPartition } from '../partitions/held-partition.ts';

/** Returns the handler of a lost partition: the batch in hand ends (Postgres decides whether it counts), and no other begins. */
export function onLost(held: Map<number, HeldPartition>, failures: Failures): (lease: Lease, reason: LostReason) => Promise<void> {
  return async ({ partition, epoch }, reason) => {
    const lost = held.get(partition);
    if (lost === undefined || lost.lease.epoch !== epoch) return;
    lost.isLost = true;
    await lost.work;
    held.delete(partition);
    // Another member answers for it now. One that was fenced off comes back to us if nobody else is there.
    if (reason !== 'fenced' && reason !== 'failed') failures.forget(partition);
  };
}
