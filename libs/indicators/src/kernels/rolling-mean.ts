import type { ScalarKernel } from './scalar.ts';

const SEEN = 0;
const NEXT = 1;
const SUM = 2;
const RING = 3;

/**
 * Returns the mean of the last `length` values, first at row length − 1. The sum is added up anew once per turn of the ring, so that
 * rounding errors do not pile up (naive: 1e-6 after a million rows). Slot: values seen (up to length), place of the next, sum, ring.
 */
export function rollingMeanKernel(length: number): ScalarKernel {
  return {
    stride: RING + length,
    reset(slab, at) {
      slab.fill(0, at, at + RING + length);
    },
    update(slab, at, value) {
      const next = slab[at + NEXT] as number;
      const place = at + RING + next;
      const sum = (slab[at + SUM] as number) + (value - (slab[place] as number));
      slab[place] = value;
      const isTurn = next + 1 === length;
      slab[at + NEXT] = isTurn ? 0 : next + 1;
      const total = isTurn ? sumOfRing(slab, at, length) : sum;
      slab[at + SUM] = total;
      const seen = slab[at + SEEN] as number;
      if (seen < length) {
        slab[at + SEEN] = seen + 1;
        if (seen + 1 < length) return Number.NaN;
      }
      return total / length;
    },
  };
}

const sumOfRing = (slab: Float64Array, at: number, length: number): number => {
  let sum = 0;
  for (let place = at + RING; place < at + RING + length; place++) sum += slab[place] as number;
  return sum;
};
