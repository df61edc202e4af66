import type { Bus } from '../bus.ts';
import type { PartitionLoad } from '../ownership/partition-work.ts';

/** Returns what the partitions of a service cost, as their owners measured it last, by partition. One never measured is not in it. */
export async function readLoads(bus: Bus, service: string): Promise<readonly PartitionLoad[]> {
  const stored = await bus.redis.hgetall(bus.keys.load(service));
  return Object.values(stored)
    .map((text) => JSON.parse(text) as PartitionLoad)
    .filter(({ partition }) => partition < bus.partitions)
    .toSorted((a, b) => a.partition - b.partition);
}
