import { defineIndicator } from '../definition.ts';
import { engulfing } from '../kernels/engulfing.ts';

const SEEN = 0;
const OPEN = 1;
const CLOSE = 2;
/** Bars that TA-Lib looks back before it reports a pattern, though two bars make it. */
const LOOKBACK = 2;

/**
 * A body that covers the whole body of the bar before, which has the other colour: positive when it rises, negative when it falls. Read as a
 * reversal after a trend, which it does not check. Source: TA-Lib CDLENGULFING. Slot: bars seen (up to 2), open and close of the last.
 */
export const cdlEngulfing = defineIndicator({
  id: 'cdl_engulfing',
  title: 'Engulfing Pattern',
  category: 'candles',
  inputs: ['open', 'high', 'low', 'close'],
  series: 0,
  params: {},
  outputs: ['cdl_engulfing'],
  warmup: () => 0,
  cost: 'const',
  create: () => ({
    stride: 3,
    reset(slab, at) {
      slab.fill(0, at, at + 3);
    },
    update(slab, at, { input, out }) {
      const open = input[0] as number;
      const close = input[3] as number;
      const seen = slab[at + SEEN] as number;
      out[0] = seen < LOOKBACK ? 0 : engulfing(slab[at + OPEN] as number, slab[at + CLOSE] as number, open, close);
      if (seen < LOOKBACK) slab[at + SEEN] = seen + 1;
      slab[at + OPEN] = open;
      slab[at + CLOSE] = close;
    },
  }),
});
