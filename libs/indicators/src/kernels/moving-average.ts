import { SignalError } from '@signal/contracts';
import { emaKernel } from './ema.ts';
import { rollingMeanKernel } from './rolling-mean.ts';
import type { ScalarKernel } from './scalar.ts';

const kinds: Readonly<Record<string, Readonly<{ name: string; create: (length: number) => ScalarKernel; warmup: (length: number) => number }>>> = {
  0: { name: 'sma', create: rollingMeanKernel, warmup: (length) => length - 1 },
  1: { name: 'ema', create: emaKernel, warmup: (length) => length - 1 },
};

/** Names of the moving averages by TA-Lib's code, as a parameter lists them. */
export const movingAverageNames: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(kinds).map(([code, kind]) => [code, kind.name]),
);

const kindOf = (code: number): (typeof kinds)[string] => {
  const kind = kinds[code];
  if (kind !== undefined) return kind;
  throw new SignalError('argument_invalid', `moving average is ${code}, and must be one of ${Object.keys(kinds).join(' ')}`);
};

/** Returns the kernel of the moving average with TA-Lib's code. */
export function movingAverageKernel(code: number, length: number): ScalarKernel {
  return kindOf(code).create(length);
}

/** Returns the first row at which that moving average has a value. */
export function movingAverageWarmup(code: number, length: number): number {
  return kindOf(code).warmup(length);
}
