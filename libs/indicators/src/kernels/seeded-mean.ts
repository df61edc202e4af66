import type { ScalarKernel } from './scalar.ts';

/**
 * Returns the recursive mean that moves by `factor` of the difference to each value; first at row length − 1, where it is the plain mean of
 * the rows so far. Slot: rows seen (up to length), then their sum and later the mean.
 */
export function seededMeanKernel(length: number, factor: number): ScalarKernel {
  return {
    stride: 2,
    reset(slab, at) {
      slab[at] = 0;
      slab[at + 1] = 0;
    },
    update(slab, at, value) {
      const seen = slab[at] as number;
      const held = slab[at + 1] as number;
      if (seen === length) return (slab[at + 1] = held + factor * (value - held));
      const sum = held + value;
      slab[at] = seen + 1;
      if (seen + 1 < length) {
        slab[at + 1] = sum;
        return Number.NaN;
      }
      return (slab[at + 1] = sum / length);
    },
  };
}
