import type { PartitionDemand } from './scaling-inputs.ts';

/** What one member does: the share of its core that works, and entries a second. */
export type MemberWork = Readonly<{ member: string; busy: number; entriesPerS: number; partitions: readonly PartitionDemand[] }>;

/** Below this share of a core, entries per busy second say more of rounding than of the work. */
const LEAST_BUSY = 0.02;

/** Returns the members by their partitions, the busiest first. */
export function workOfMembers(partitions: readonly PartitionDemand[]): readonly MemberWork[] {
  const byMember = Map.groupBy(partitions, ({ member }) => member);
  return [...byMember]
    .map(([member, own]) => ({
      member,
      busy: own.reduce((sum, { busy }) => sum + busy, 0),
      entriesPerS: own.reduce((sum, { entriesPerS }) => sum + entriesPerS, 0),
      partitions: own,
    }))
    .toSorted((a, b) => b.busy - a.busy);
}

/**
 * Returns how many entries a member takes in a second in which it does nothing else: what it did, by the time it was busy. It does not
 * fall when little arrives, as entries per second do. Null while the member was too idle to tell.
 */
export function trueRate(work: MemberWork | undefined): number | null {
  if (work === undefined || work.busy < LEAST_BUSY || work.entriesPerS <= 0) return null;
  return work.entriesPerS / work.busy;
}
