import { defineIndicator } from '../definition.ts';
import { rollingMeanKernel } from '../kernels/rolling-mean.ts';
import { length } from '../parameters.ts';

/** Mean of the last `length` values, each weighing the same. It lags a steady trend by half of its length. Source: TA-Lib SMA. */
export const sma = defineIndicator({
  id: 'sma',
  title: 'Simple Moving Average',
  category: 'overlap',
  inputs: ['close'],
  series: 1,
  params: { length: length(30, 1) },
  outputs: ['sma'],
  warmup: (values) => values.length - 1,
  cost: 'const',
  create(values) {
    const mean = rollingMeanKernel(values.length);
    return {
      stride: mean.stride,
      reset: mean.reset,
      update(slab, at, { input, out }) {
        out[0] = mean.update(slab, at, input[0] as number);
      },
    };
  },
});
