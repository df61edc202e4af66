import type { ScalarKernel } from './scalar.ts';
import { seededMeanKernel } from './seeded-mean.ts';

/** Returns the exponential mean: its factor is 2 / (length + 1). Source: TA-Lib, ta_EMA.c. */
export function emaKernel(length: number): ScalarKernel {
  return seededMeanKernel(length, 2 / (length + 1));
}
