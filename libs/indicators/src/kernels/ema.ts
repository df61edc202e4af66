import type { ScalarKernel } from './scalar.ts';

/**
 * Returns the exponential mean with factor 2 / (length + 1), first at row length − 1, where it is the plain mean of the rows so far.
 * Source: TA-Lib, ta_EMA.c. Slot: rows seen (up to length), sum of them and then the mean.
 */
export function emaKernel(length: number): ScalarKernel {
  const factor = 2 / (length + 1);
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
