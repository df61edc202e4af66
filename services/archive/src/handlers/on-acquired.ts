import type { Lease } from '@signal/bus';
import { type HeldPartition, holdPartition } from '../partitions/held-partition.ts';

/** Returns the handler of a won partition. The next round takes it up: a few at a time, however many were won at once. */
export function onAcquired(held: Map<number, HeldPartition>): (lease: Lease) => Promise<void> {
  return async (lease) => {
    held.set(lease.partition, holdPartition(lease));
  };
}
