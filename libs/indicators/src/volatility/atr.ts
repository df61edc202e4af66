import { defineIndicator } from '../definition.ts';
import { wilderKernel } from '../kernels/wilder.ts';
import { length } from '../parameters.ts';

const SEEN = 0;
const CLOSE = 1;
const MEAN = 2;

/**
 * Wilder's mean of the true range: how far a bar usually goes, gaps from the last close included, in the unit of the price.
 * Source: J. Welles Wilder (1978), as TA-Lib ATR has it: the first bar has no true range. Slot: seen, previous close, mean.
 */
export const atr = defineIndicator({
  id: 'atr',
  title: 'Average True Range',
  category: 'volatility',
  inputs: ['high', 'low', 'close'],
  series: 0,
  params: { length: length(14, 1) },
  outputs: ['atr'],
  warmup: (values) => values.length,
  cost: 'const',
  create(values) {
    const mean = wilderKernel(values.length);
    return {
      stride: MEAN + mean.stride,
      reset(slab, at) {
        slab[at + SEEN] = 0;
        slab[at + CLOSE] = 0;
        mean.reset(slab, at + MEAN);
      },
      update(slab, at, { input, out }) {
        const previous = slab[at + CLOSE] as number;
        slab[at + CLOSE] = input[2] as number;
        if (slab[at + SEEN] === 0) {
          slab[at + SEEN] = 1;
          out[0] = Number.NaN;
          return;
        }
        const range = Math.max(input[0] as number, previous) - Math.min(input[1] as number, previous);
        out[0] = mean.update(slab, at + MEAN, range);
      },
    };
  },
});
