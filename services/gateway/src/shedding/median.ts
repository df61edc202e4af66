/** Returns the middle of some numbers, undefined of none. */
export function median(values: readonly number[]): number | undefined {
  return values.toSorted((left, right) => left - right)[values.length >> 1];
}
