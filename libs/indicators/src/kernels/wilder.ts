import type { ScalarKernel } from './scalar.ts';

/**
 * Returns Wilder's mean, which moves by 1 / length of the difference; first at row length − 1, where it is the plain mean of the rows so far.
 * Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978). Slot: rows seen (up to length), sum of them and then the mean.
 */
export function wilderKernel(length: number): ScalarKernel {
  return {
    stride: 2,
    reset(slab, at) {
      slab[at] = 0;
      slab[at + 1] = 0;
    },
    update(slab, at, value) {
      const seen = slab[at] as number;
      const held = slab[at + 1] as number;
      if (seen === length) return (slab[at + 1] = (held * (length - 1) + value) / length);
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
