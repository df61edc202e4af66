import { coverPlan } from './cover-plan.ts';
import type { PlacementPlan } from './placement-plan.ts';

/** Looks up who should own a partition. Plan and ring are worked out only when one of them has changed. */
export interface OwnersTable {
  /** Returns the owner of each partition, by its number. */
  of(plan: PlacementPlan | undefined, live: readonly string[]): readonly string[];
}

/** Returns an empty table for so many partitions. */
export function createOwnersTable(partitions: number): OwnersTable {
  let known: Readonly<{ plan: PlacementPlan | undefined; live: string; owners: readonly string[] }> | undefined;
  return {
    of: (plan, live) => {
      const names = live.join('\n');
      if (known === undefined || known.plan !== plan || known.live !== names)
        known = { plan, live: names, owners: coverPlan(plan, live, partitions) };
      return known.owners;
    },
  };
}
