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
  const [open, high, low, close] = [bar[0] as number, bar[1] as number, bar[2] as number, bar[3] as number];
  registers[0] = open;
  registers[1] = high;
  registers[2] = low;
  registers[3] = close;
  registers[4] = bar[4] as number;
  registers[5] = (high + low) / 2;
  registers[6] = (high + low + close) / 3;
  registers[7] = (high + low + close + open) / 4;
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

/** Runs all stages on one bar. A stage whose input is missing keeps its state and stays silent for that bar. */
export function runStages(
  stages: readonly Stage[],
  registers: Float64Array,
  { slab, at, bar }: { slab: Float64Array; at: number; bar: Float64Array },
): void {
  loadBar(registers, bar);
  for (const stage of stages) {
    if (loadInput(stage, registers)) stage.kernel.update(slab, at + stage.offset, stage.step);
    else stage.step.out.fill(Number.NaN);
  }
}
