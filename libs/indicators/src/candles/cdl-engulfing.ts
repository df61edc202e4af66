import { defineIndicator } from '../definition.ts';

const SEEN = 0;
const OPEN = 1;
const CLOSE = 2;
/** Bars that TA-Lib looks back before it reports a pattern, though two bars make it. */
const LOOKBACK = 2;

type Body = Readonly<{ open: number; close: number }>;

const isWhite = (body: Body): boolean => body.close >= body.open;

/** Strength of the engulfing of `before` by `now`: 100, 80 when the bodies match on one end, 0 for none. */
const strength = (before: Body, now: Body): number => {
  if (isWhite(before) === isWhite(now)) return 0;
  // Seen from the side to which the newer body goes: it begins at or beyond the older one's end, and ends at or beyond its beginning.
  const beginsBeyond = isWhite(now) ? before.close - now.open : now.open - before.close;
  const endsBeyond = isWhite(now) ? now.close - before.open : before.open - now.close;
  if (beginsBeyond < 0 || endsBeyond < 0 || (beginsBeyond === 0 && endsBeyond === 0)) return 0;
  return beginsBeyond === 0 || endsBeyond === 0 ? 80 : 100;
};

/**
 * A body that covers the whole body of the bar before, which has the other colour: positive when it rises, negative when it falls. Read as a
 * reversal after a trend, which it does not check. Source: TA-Lib CDLENGULFING; an open at the close is white. Slot: seen, open, close.
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
      const before = { open: slab[at + OPEN] as number, close: slab[at + CLOSE] as number };
      const now = { open: input[0] as number, close: input[3] as number };
      const seen = slab[at + SEEN] as number;
      slab[at + OPEN] = now.open;
      slab[at + CLOSE] = now.close;
      if (seen < LOOKBACK) slab[at + SEEN] = seen + 1;
      const size = seen < LOOKBACK ? 0 : strength(before, now);
      // 0 and not -0 for a falling bar without the pattern.
      out[0] = isWhite(now) || size === 0 ? size : -size;
    },
  }),
});
