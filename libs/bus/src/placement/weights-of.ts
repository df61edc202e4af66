/**
 * What a partition costs its owner even when nothing happens in it (reading, renewing, snapshots), as a share of a core. It spreads the
 * idle ones, and keeps small differences between small loads from looking like unevenness.
 */
const AT_REST = 0.005;

/** Returns the busy share of each partition; one that nobody has measured counts as the mean of the others. */
export function busyOf(measured: ReadonlyMap<number, number>, partitions: number): readonly number[] {
  const known = [...measured.values()];
  const mean = known.length === 0 ? 0 : known.reduce((sum, busy) => sum + busy, 0) / known.length;
  return Array.from({ length: partitions }, (_, partition) => measured.get(partition) ?? mean);
}

/** Returns the weights to place partitions by, from their busy shares. */
export function weightsOf(busy: readonly number[]): readonly number[] {
  return busy.map((share) => share + AT_REST);
}
