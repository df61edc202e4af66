import type { Kernel, Step } from './definition.ts';

/** Places of a bar's fields in the numbers that a series is fed with. */
export const barFields = ['open', 'high', 'low', 'close', 'volume'] as const;

/** One step of a program: a kernel, the registers it reads, and where in the slot its state lies. */
export type Stage = Readonly<{ kernel: Kernel; reads: readonly number[]; offset: number; step: Step }>;

/** Means of a bar's prices, in the registers after its fields, summed in TA-Lib's order. */
export const priceMeans = ['hl2', 'hlc3', 'ohlc4'] as const;
/** Registers of a bar: its fields, then the means of its prices. */
export const BAR_REGISTERS = barFields.length + priceMeans.length;

const loadBar = (registers: Float64Array, bar: Float64Array): void => {
  for (let field = 0; field < barFields.length; field++) registers[field] = bar[field] as number;
};

const loadMeans = (registers: Float64Array): void => {
  const high = registers[1] as number;
  const low = registers[2] as number;
  const close = registers[3] as number;
  registers[5] = (high + low) / 2;
  registers[6] = (high + low + close) / 3;
  registers[7] = (high + low + close + (registers[0] as number)) / 4;
};

/** Copies a stage's inputs from the registers; false when one is no finite number. */
const loadInput = (stage: Stage, registers: Float64Array): boolean => {
  const { input } = stage.step;
  let isFinite = true;
  for (let i = 0; i < input.length; i++) {
    const value = registers[stage.reads[i] as number] as number;
    // A difference with itself is 0 but for NaN and the infinities.
    if (value - value !== 0) isFinite = false;
    input[i] = value;
  }
  return isFinite;
};

/** A program: its stages in order, its registers, and whether any stage reads a mean of prices. */
export type Program = Readonly<{ stages: readonly Stage[]; registers: Float64Array; readsMeans: boolean }>;

/** Runs all stages on one bar. A stage whose input is missing keeps its state and stays silent for that bar. */
export function runProgram(
  { stages, registers, readsMeans }: Program,
  { slab, at, bar }: { slab: Float64Array; at: number; bar: Float64Array },
): void {
  loadBar(registers, bar);
  if (readsMeans) loadMeans(registers);
  for (const stage of stages) {
    if (loadInput(stage, registers)) stage.kernel.update(slab, at + stage.offset, stage.step);
    else stage.step.out.fill(Number.NaN);
  }
}
