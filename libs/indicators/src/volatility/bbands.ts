import { defineIndicator, type Kernel } from '../definition.ts';
import { type BandFactors, writeBands } from '../kernels/bands.ts';
import { movingAverageKernel, movingAverageNames, movingAverageWarmup } from '../kernels/moving-average.ts';
import { type DeviationKernel, rollingDeviationKernel } from '../kernels/rolling-deviation.ts';
import { factor, length } from '../parameters.ts';

/** The simple mean is the deviation's own, so it is not computed twice. */
const aroundSimpleMean = (deviation: DeviationKernel, factors: BandFactors): Kernel => ({
  stride: deviation.stride,
  reset: deviation.reset,
  update(slab, at, { input, out }) {
    const spread = deviation.update(slab, at, input[0] as number);
    writeBands(out, deviation.mean(slab, at), spread, factors);
  },
});

/**
 * A moving average with a band above and below it at a number of population deviations of the last `length` values (about their simple mean,
 * whatever the middle is). Narrow bands mean calm. Source: John Bollinger, as TA-Lib BBANDS has it. Slot: deviation, then the average.
 */
export const bbands = defineIndicator({
  id: 'bbands',
  title: 'Bollinger Bands',
  category: 'volatility',
  inputs: ['close'],
  series: 1,
  params: { length: length(20, 2), std_up: factor(2), std_down: factor(2), mamode: { type: 'matype', default: 0, values: movingAverageNames } },
  mirrors: { std_down: 'std_up' },
  outputs: ['upperband', 'middleband', 'lowerband'],
  warmup: (values) => movingAverageWarmup(values.mamode, values.length),
  cost: 'const',
  create(values) {
    const deviation = rollingDeviationKernel(values.length);
    if (values.mamode === 0) return aroundSimpleMean(deviation, values);
    const average = movingAverageKernel(values.mamode, values.length);
    return {
      stride: deviation.stride + average.stride,
      reset(slab, at) {
        deviation.reset(slab, at);
        average.reset(slab, at + deviation.stride);
      },
      update(slab, at, { input, out }) {
        const value = input[0] as number;
        const middle = average.update(slab, at + deviation.stride, value);
        writeBands(out, middle, deviation.update(slab, at, value), values);
      },
    };
  },
});
