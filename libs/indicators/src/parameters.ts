import type { ParameterSpec } from '@signal/contracts';

/** Greatest length of a window; TA-Lib's bound. */
const MAX_LENGTH = 100_000;
/** Greatest factor; TA-Lib's bound. */
const MAX_FACTOR = 3e37;

/** Returns the parameter of a window's length, in bars. */
export function length(byDefault: number, min: number): ParameterSpec & { type: 'int' } {
  return { type: 'int', default: byDefault, min, max: MAX_LENGTH };
}

/** Returns the parameter of a factor. */
export function factor(byDefault: number): ParameterSpec & { type: 'float' } {
  return { type: 'float', default: byDefault, min: -MAX_FACTOR, max: MAX_FACTOR };
}
