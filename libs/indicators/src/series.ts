import type { Kernel } from './definition.ts';
import { BAR_REGISTERS, barFields, type Program, runProgram, type Stage } from './program.ts';

/**
 * An expression ready to run: one slot of `stride` numbers per instrument and interval holds all of its state. `bar` is open, high, low,
 * close, volume; the returned outputs (NaN while silent) are valid until the next call.
 */
export type Series = Readonly<{
  canonical: string;
  outputs: readonly string[];
  /** Index of the first bar with a value, counted from the first bar fed. */
  warmup: number;
  stride: number;
  reset(slab: Float64Array, at: number): void;
  update(slab: Float64Array, at: number, bar: Float64Array): Float64Array;
  /** Returns what `update` would, and leaves the slot as it is. */
  peek(slab: Float64Array, at: number, bar: Float64Array): Float64Array;
}>;

/** What a series is made of. `outputRegisters` name the registers of its outputs. */
export type SeriesParts = Readonly<{
  canonical: string;
  outputs: readonly string[];
  warmup: number;
  stages: readonly Readonly<{ kernel: Kernel; reads: readonly number[]; firstRegister: number; outputs: readonly string[] }>[];
  registers: number;
  outputRegisters: readonly number[];
}>;

/** Returns the series of a plan: its stages laid out one after the other in a slot. */
export function createSeries({ canonical, outputs, warmup, stages: planned, registers: count, outputRegisters }: SeriesParts): Series {
  const registers = new Float64Array(count);
  const out = new Float64Array(outputs.length);
  let stride = 0;
  const stages = planned.map(({ kernel, reads, firstRegister, outputs: names }): Stage => {
    const offset = stride;
    stride += kernel.stride;
    const step = { input: new Float64Array(reads.length), out: registers.subarray(firstRegister, firstRegister + names.length) };
    return { kernel, reads, offset, step };
  });
  const isMean = (register: number): boolean => register >= barFields.length && register < BAR_REGISTERS;
  const program: Program = { stages, registers, readsMeans: stages.some(({ reads }) => reads.some(isMean)) };
  const update = (slab: Float64Array, at: number, bar: Float64Array): Float64Array => {
    runProgram(program, { slab, at, bar });
    for (let i = 0; i < out.length; i++) out[i] = registers[outputRegisters[i] as number] as number;
    return out;
  };
  const copy = new Float64Array(stride);
  return {
    canonical,
    outputs,
    warmup,
    stride,
    reset(slab, at) {
      for (const { kernel, offset } of stages) kernel.reset(slab, at + offset);
    },
    update,
    peek(slab, at, bar) {
      copy.set(slab.subarray(at, at + stride));
      return update(copy, 0, bar);
    },
  };
}
