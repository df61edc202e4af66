import { assignPartitions } from '../ownership/assignment.ts';
import type { PlacementPlan } from './placement-plan.ts';

/**
 * Returns who should own each partition, for the members that are alive now: the planned owner, or its planned heir if it is gone, or
 * else, as without a plan, the one that the ring with bounded load names. Every member computes the same from the same plan and names,
 * so that nobody waits for a leader when another member dies.
 */
export function coverPlan(plan: PlacementPlan | undefined, live: readonly string[], partitions: number): readonly string[] {
  if (live.length === 0) return [];
  const isLive = new Set(live);
  const willing = live.filter((member) => plan?.draining.includes(member) !== true);
  let ring: readonly string[] | undefined;
  const onRing = (partition: number): string => {
    ring ??= assignPartitions(willing.length > 0 ? willing : live, partitions);
    return ring[partition] ?? '';
  };
  return Array.from({ length: partitions }, (_, partition) => {
    const owner = plan?.owners[partition];
    if (owner !== undefined && isLive.has(owner)) return owner;
    const heir = plan?.heirs[partition];
    return heir !== undefined && isLive.has(heir) ? heir : onRing(partition);
  });
}
