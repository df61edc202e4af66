import HashRing from 'hashring';

/** A member takes at most this much more than an even share, so that the ring's unevenness stays bounded. */
const LOAD_BOUND = 1.1;

/**
 * Returns the member that each partition should be with: the first on the consistent-hash ring after the partition whose share is not
 * full. Every member computes the same from the same names; the leases decide.
 */
export function assignPartitions(members: readonly string[], partitions: number): readonly string[] {
  if (members.length === 0) return [];
  const ring = new HashRing(members.toSorted());
  const most = Math.ceil((partitions / members.length) * LOAD_BOUND);
  const load = new Map<string, number>();
  return Array.from({ length: partitions }, (_, partition) => {
    const candidates = ring.range(`partition ${partition}`, members.length, true);
    const chosen = candidates.find((member) => (load.get(member) ?? 0) < most) ?? candidates[0] ?? '';
    load.set(chosen, (load.get(chosen) ?? 0) + 1);
    return chosen;
  });
}
