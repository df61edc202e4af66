/** A kernel of one number in and one out, which other kernels are built on. Returns NaN while silent. */
export type ScalarKernel = Readonly<{
  stride: number;
  reset(slab: Float64Array, at: number): void;
  update(slab: Float64Array, at: number, value: number): number;
}>;
