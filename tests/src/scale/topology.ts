/** How large a fleet is. `slots` spread evenly over the masters; each service has as many members as it needs. */
export type FleetSize = Readonly<{ masters: number; slots: number; members: Readonly<Record<string, number>> }>;

/** Returns for each partition which of `members` owns it: the heaviest first, each to the member that has least, as placement ends up. */
export function placePartitions(weights: Float64Array, members: number): Int32Array {
  const owners = new Int32Array(weights.length);
  const loads = new Float64Array(members);
  const order = Array.from(weights, (_, partition) => partition).toSorted((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0));
  for (const partition of order) {
    let least = 0;
    for (let member = 1; member < members; member += 1) if ((loads[member] ?? 0) < (loads[least] ?? 0)) least = member;
    owners[partition] = least;
    loads[least] = (loads[least] ?? 0) + (weights[partition] ?? 0);
  }
  return owners;
}

/** Returns the master that holds a partition's slot. */
export function masterOf(partition: number, size: FleetSize): number {
  return (partition % size.slots) % size.masters;
}
