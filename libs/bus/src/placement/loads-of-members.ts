/** Returns what each member carries, for the given owners and weights of all partitions; a member without any carries 0. */
export function loadsOfMembers(members: readonly string[], owners: readonly string[], weights: readonly number[]): ReadonlyMap<string, number> {
  const loads = new Map(members.map((member) => [member, 0]));
  owners.forEach((owner, partition) => {
    const load = loads.get(owner);
    if (load !== undefined) loads.set(owner, load + (weights[partition] ?? 0));
  });
  return loads;
}

/** Returns how much more than the mean the heaviest member carries, as a factor; 1 when nobody carries anything. */
export function unevennessOf(loads: ReadonlyMap<string, number>): number {
  const total = [...loads.values()].reduce((sum, load) => sum + load, 0);
  return total === 0 ? 1 : Math.max(...loads.values()) / (total / loads.size);
}
