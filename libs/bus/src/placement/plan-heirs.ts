import { planMoves } from './plan-moves.ts';

/**
 * Returns for each partition who takes it over when its owner is gone, so that the load of any one member spreads evenly over the others;
 * '' where there is no other.
 */
export function planHeirs(at: Readonly<{ members: readonly string[]; owners: readonly string[]; weights: readonly number[] }>): readonly string[] {
  const heirs = at.owners.map(() => '');
  for (const gone of at.members) {
    const members = at.members.filter((member) => member !== gone);
    if (members.length === 0) return heirs;
    planMoves({ ...at, members, balance: false }).forEach((heir, partition) => {
      if (at.owners[partition] === gone) heirs[partition] = heir;
    });
  }
  return heirs;
}
