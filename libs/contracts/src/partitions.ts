import { SignalError } from './errors.ts';
import { murmur3 } from './murmur3.ts';

/** Slots a deployment spreads its partitions over; all keys of a slot share one Redis Cluster slot. */
export const SLOTS = 16;

/** Hash tag of each slot, chosen so that the slots fall evenly on 2 to 8 Redis masters. */
export const slotTags = ['10', '3', '61', '43', '11', '2', '60', '42', '12', '1', '63', '41', '13', '0', '62', '40'] as const;

/** Partitions of a deployment unless it says otherwise. Fixed for the life of its data. */
export const DEFAULT_PARTITIONS = 64;

/** Returns `count` if a deployment may have that many partitions (16 to 1024, whole), else throws `argument_invalid`. */
export function checkPartitionCount(count: number): number {
  if (Number.isInteger(count) && count >= 16 && count <= 1024) return count;
  throw new SignalError('argument_invalid', `partitions is ${count}, and must be a whole number from 16 to 1024`);
}

/** Returns the partition of an underlying's instrument id (UTF-8, murmur3 x86_32, seed 0). */
export function partitionOf(underlying: string, partitions: number): number {
  return murmur3(underlying) % partitions;
}

/** Returns the slot in which a partition lives. */
export function slotOf(partition: number): number {
  return partition % SLOTS;
}

/** Returns the hash tag of a partition's slot. */
export function tagOf(partition: number): string {
  return slotTags[partition % SLOTS] ?? '';
}
