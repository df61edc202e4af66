import { defineIndicator } from '../definition.ts';
import { wilderKernel } from '../kernels/wilder.ts';
import { length } from '../parameters.ts';

/** TA-Lib takes a smaller sum of gain and loss for none. */
const NOTHING = 1e-14;
const SEEN = 0;
const PREVIOUS = 1;
const MEANS = 2;

/**
 * Share of gains in the movement of the last bars, 0 to 100 by Wilder's means; above 70 is called overbought, below 30 oversold; 0 when
 * nothing moved. Source: J. Welles Wilder (1978), as TA-Lib RSI has it. Slot: seen, previous value, mean gain, mean loss.
 */
export const rsi = defineIndicator({
  id: 'rsi',
  title: 'Relative Strength Index',
  category: 'momentum',
  inputs: ['close'],
  series: 1,
  params: { length: length(14, 2) },
  outputs: ['rsi'],
  warmup: (values) => values.length,
  cost: 'const',
  create(values) {
    const mean = wilderKernel(values.length);
    const losses = MEANS + mean.stride;
    return {
      stride: losses + mean.stride,
      reset(slab, at) {
        slab[at + SEEN] = 0;
        slab[at + PREVIOUS] = 0;
        mean.reset(slab, at + MEANS);
        mean.reset(slab, at + losses);
      },
      update(slab, at, { input, out }) {
        const value = input[0] as number;
        const change = value - (slab[at + PREVIOUS] as number);
        slab[at + PREVIOUS] = value;
        if (slab[at + SEEN] === 0) {
          slab[at + SEEN] = 1;
          out[0] = Number.NaN;
          return;
        }
        const gain = mean.update(slab, at + MEANS, change > 0 ? change : 0);
        const loss = mean.update(slab, at + losses, change < 0 ? -change : 0);
        const total = gain + loss;
        // The comparison is false for NaN, which must come through.
        out[0] = total < NOTHING ? 0 : 100 * (gain / total);
      },
    };
  },
});
