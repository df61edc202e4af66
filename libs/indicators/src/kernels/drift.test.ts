import { describe, expect, it } from '@jest/globals';
import { madeUpBars } from '../made-up-bars.ts';
import { emaKernel } from './ema.ts';
import { rollingDeviationKernel } from './rolling-deviation.ts';
import { rollingMeanKernel } from './rolling-mean.ts';
import { wilderKernel } from './wilder.ts';

const ROWS = 1_000_000;
const values = madeUpBars(ROWS, 11).close.map((close) => 1000 + close);
const TOLERANCE = 1e-12;

type Kernel = { stride: number; reset(slab: Float64Array, at: number): void; update(slab: Float64Array, at: number, value: number): number };

/** Greatest relative difference to `exact`, at the first rows, the last rows and one in 997 between. */
const worstOf = (kernel: Kernel, exact: (row: number) => number): number => {
  const slab = new Float64Array(kernel.stride);
  kernel.reset(slab, 0);
  let worst = 0;
  for (let row = 0; row < ROWS; row++) {
    const got = kernel.update(slab, 0, values[row] ?? 0);
    const isChecked = row < 3000 || row > ROWS - 3000 || row % 997 === 0;
    if (!isChecked || Number.isNaN(got)) continue;
    const want = exact(row);
    worst = Math.max(worst, got === want ? 0 : Math.abs(got - want) / Math.abs(want));
  }
  return worst;
};

/** Sum with the rounding errors kept (Neumaier). */
const exactSum = (from: number, to: number, term: (row: number) => number): number => {
  let sum = 0;
  let lost = 0;
  for (let row = from; row <= to; row++) {
    const value = term(row);
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
};

const meanAt = (row: number, length: number): number => exactSum(row - length + 1, row, (at) => values[at] ?? 0) / length;

const deviationAt = (row: number, length: number): number => {
  const mean = meanAt(row, length);
  return Math.sqrt(exactSum(row - length + 1, row, (at) => ((values[at] ?? 0) - mean) ** 2) / length);
};

/** A recursive mean is a weighted sum; weights below 1e-20 are left out, and the plain mean that it began with as a level stands for them. */
const weightedAt = (row: number, length: number, factor: number): number => {
  const from = Math.max(length, row - Math.ceil(46 / factor));
  const start = from === length ? meanAt(length - 1, length) : 0;
  return start * (1 - factor) ** (row - from + 1) + exactSum(from, row, (at) => factor * (1 - factor) ** (row - at) * (values[at] ?? 0));
};

describe('kernels after a million rows', () => {
  it.each([20, 200])('keep the mean of %i values exact', (length) => {
    expect(worstOf(rollingMeanKernel(length), (row) => meanAt(row, length))).toBeLessThan(TOLERANCE);
  });

  it.each([20, 200])('keep the deviation of %i values exact', (length) => {
    expect(worstOf(rollingDeviationKernel(length), (row) => deviationAt(row, length))).toBeLessThan(TOLERANCE);
  });

  it('keep the exponential mean exact', () => {
    expect(worstOf(emaKernel(20), (row) => weightedAt(row, 20, 2 / 21))).toBeLessThan(TOLERANCE);
  });

  it("keep Wilder's mean exact", () => {
    expect(worstOf(wilderKernel(14), (row) => weightedAt(row, 14, 1 / 14))).toBeLessThan(TOLERANCE);
  });
});
