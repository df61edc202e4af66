const SEEN = 0;
const NEXT = 1;
const BASE = 2;
const SUM = 3;
const SQUARES = 4;
const RING = 5;
/** Greatest square of the mean's distance to the base, in variances, at which the variance still has 12 exact digits. */
const FARTHEST = 1000;

/** A rolling population deviation whose slot also tells the mean. */
export type DeviationKernel = Readonly<{
  stride: number;
  reset(slab: Float64Array, at: number): void;
  /** Returns the deviation, NaN while silent. */
  update(slab: Float64Array, at: number, value: number): number;
  /** Returns the mean of the values that the last update's deviation is of. */
  mean(slab: Float64Array, at: number): number;
}>;

/**
 * Returns the population deviation of the last `length` values, first at row length − 1. Sums run over differences to a base, which
 * becomes the exact mean once per turn of the ring and after a jump: no cancellation, no drift (naive sums of squares: 1.4e-6 after a million rows).
 * Slot: values seen (up to length), place of the next, base, sum and sum of squares of differences, ring.
 */
export function rollingDeviationKernel(length: number): DeviationKernel {
  return {
    stride: RING + length,
    reset(slab, at) {
      slab.fill(0, at, at + RING + length);
    },
    update(slab, at, value) {
      const seen = slab[at + SEEN] as number;
      const next = slab[at + NEXT] as number;
      const base = slab[at + BASE] as number;
      const place = at + RING + next;
      const coming = value - base;
      const going = seen === length ? (slab[place] as number) - base : 0;
      slab[at + SUM] = (slab[at + SUM] as number) + (coming - going);
      slab[at + SQUARES] = (slab[at + SQUARES] as number) + (coming * coming - going * going);
      slab[place] = value;
      if (seen < length) slab[at + SEEN] = seen + 1;
      const isTurn = next + 1 === length;
      slab[at + NEXT] = isTurn ? 0 : next + 1;
      if (seen + 1 < length) return Number.NaN;
      if (isTurn) rebase(slab, at, length);
      const variance = varianceOf(slab, at, length);
      return variance > 0 ? Math.sqrt(variance) : 0;
    },
    mean: (slab, at) => (slab[at + BASE] as number) + (slab[at + SUM] as number) / length,
  };
}

const varianceOf = (slab: Float64Array, at: number, length: number): number => {
  const mean = (slab[at + SUM] as number) / length;
  const variance = (slab[at + SQUARES] as number) / length - mean * mean;
  if (mean * mean <= FARTHEST * variance || mean === 0) return variance;
  // The values have moved so far from the base that the difference is mostly rounding error, as after a jump that has left the window.
  rebase(slab, at, length);
  const rest = (slab[at + SUM] as number) / length;
  return (slab[at + SQUARES] as number) / length - rest * rest;
};

const rebase = (slab: Float64Array, at: number, length: number): void => {
  const from = at + RING;
  let total = 0;
  for (let place = from; place < from + length; place++) total += slab[place] as number;
  const base = total / length;
  let sum = 0;
  let squares = 0;
  for (let place = from; place < from + length; place++) {
    const difference = (slab[place] as number) - base;
    sum += difference;
    squares += difference * difference;
  }
  slab[at + BASE] = base;
  slab[at + SUM] = sum;
  slab[at + SQUARES] = squares;
};
