import { defineIndicator } from '../definition.ts';
import { emaKernel } from '../kernels/ema.ts';
import { length } from '../parameters.ts';

const SEEN = 0;
const MEANS = 1;

/**
 * Distance of a fast from a slow exponential mean, a signal line that smooths it, and their difference, which crosses 0 when momentum turns.
 * Source: TA-Lib MACD: the fast mean begins late, so that both are seeded at the same bar; a fast longer than the slow is swapped with it;
 * all outputs begin with the signal. Slot: bars seen before the fast mean begins, slow mean, fast mean, signal.
 */
export const macd = defineIndicator({
  id: 'macd',
  title: 'Moving Average Convergence/Divergence',
  category: 'momentum',
  inputs: ['close'],
  series: 1,
  params: { fast: length(12, 2), slow: length(26, 2), signal: length(9, 1) },
  outputs: ['macd', 'macdsignal', 'macdhist'],
  warmup: (values) => Math.max(values.fast, values.slow) + values.signal - 2,
  cost: 'const',
  create(values) {
    const slowLength = Math.max(values.fast, values.slow);
    const fastLength = Math.min(values.fast, values.slow);
    const slow = emaKernel(slowLength);
    const fast = emaKernel(fastLength);
    const signal = emaKernel(values.signal);
    const fastAt = MEANS + slow.stride;
    const signalAt = fastAt + fast.stride;
    return {
      stride: signalAt + signal.stride,
      reset(slab, at) {
        slab[at + SEEN] = 0;
        slow.reset(slab, at + MEANS);
        fast.reset(slab, at + fastAt);
        signal.reset(slab, at + signalAt);
      },
      update(slab, at, { input, out }) {
        const value = input[0] as number;
        const slowMean = slow.update(slab, at + MEANS, value);
        const seen = slab[at + SEEN] as number;
        let fastMean = Number.NaN;
        if (seen < slowLength - fastLength) slab[at + SEEN] = seen + 1;
        else fastMean = fast.update(slab, at + fastAt, value);
        const line = fastMean - slowMean;
        const smooth = Number.isNaN(line) ? Number.NaN : signal.update(slab, at + signalAt, line);
        out[0] = Number.isNaN(smooth) ? Number.NaN : line;
        out[1] = smooth;
        out[2] = line - smooth;
      },
    };
  },
});
