import type { ScalarKernel } from './scalar.ts';
import { seededMeanKernel } from './seeded-mean.ts';

/** Returns Wilder's mean: its factor is 1 / length. Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978). */
export function wilderKernel(length: number): ScalarKernel {
  return seededMeanKernel(length, 1 / length);
}
