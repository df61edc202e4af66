import type { MemberWork } from './processing-rate.ts';
import type { Bottleneck, PartitionDemand, ScalingInputs } from './scaling-inputs.ts';

/** Share of a core that a partition, a member or Redis may use before it is what limits. */
const HOT = 0.7;
/** Members that work less than this while entries wait are waiting themselves. */
const IDLE = 0.5;
/** Entries that wait this long are late, whatever else is so. */
const LATE_MS = 5_000;

/** What a service waits for when it neither works nor keeps up. */
const waitsFor: Readonly<Record<string, Bottleneck>> = { archive: 'database', 'script-runner': 'script_budget', gateway: 'slow_clients' };

/** Returns the partition that more members would not help: it needs most of a core alone, or is most of what a busy member does. */
export function hotPartition(members: readonly MemberWork[]): PartitionDemand | undefined {
  const all = members.flatMap(({ partitions }) => partitions);
  const alone = all.filter(({ busy }) => busy > HOT).toSorted((a, b) => b.busy - a.busy)[0];
  if (alone !== undefined) return alone;
  return members
    .filter(({ busy, partitions }) => busy > HOT && partitions.length > 1)
    .flatMap(({ busy, partitions }) => partitions.filter((one) => one.busy > busy / 2))[0];
}

/** Returns what limits a service. */
export function findBottleneck({ service, lagMs, redisBusy }: ScalingInputs, members: readonly MemberWork[]): Bottleneck {
  if (hotPartition(members) !== undefined) return 'hot_partition';
  if (redisBusy !== undefined && redisBusy > HOT) return 'redis';
  const isIdle = (members[0]?.busy ?? 0) < IDLE;
  return isIdle && lagMs !== null && lagMs > LATE_MS ? (waitsFor[service] ?? 'redis') : 'none';
}
