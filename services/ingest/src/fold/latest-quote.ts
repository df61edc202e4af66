import type { LatestValue } from '@signal/bus';
import type { Quote, Source, Trade } from '@signal/contracts';

/** The newest quote and trade of a spot instrument; null = none yet, or that side is empty. Field `quote|<instrument>` of `latest:market`. */
export type LatestQuote = Readonly<{
  instrument: string;
  tsMs: number;
  bid: number | null;
  ask: number | null;
  bidSize: number | null;
  askSize: number | null;
  last: number | null;
  lastSize: number | null;
  source: Source;
}>;

const empty = { bid: null, ask: null, bidSize: null, askSize: null, last: null, lastSize: null } as const;
const side = (value: number): number | null => (value > 0 ? value : null);

/** Returns what is known after a trade. */
export function withTrade(known: LatestQuote | undefined, trade: Trade): LatestQuote {
  const { instrument, tMs, price, size, source } = trade;
  return { ...(known ?? empty), instrument, tsMs: Math.max(tMs, known?.tsMs ?? tMs), last: price, lastSize: size, source };
}

/** Returns what is known after a quote. */
export function withQuote(known: LatestQuote | undefined, quote: Quote): LatestQuote {
  const { instrument, tMs, bid, ask, bidSize, askSize, source } = quote;
  const sides = { bid: side(bid), ask: side(ask), bidSize: bid > 0 ? bidSize : null, askSize: ask > 0 ? askSize : null };
  return { ...(known ?? empty), ...sides, instrument, tsMs: Math.max(tMs, known?.tsMs ?? tMs), source };
}

/** Returns the latest value that publishes a quote. */
export function quoteField(quote: LatestQuote): LatestValue {
  return [`quote|${quote.instrument}`, JSON.stringify(quote)];
}

/** Returns the latest value that makes an instrument known, before it ever trades: field `instrument|<instrument>` of `latest:market`. */
export function instrumentField(named: Readonly<{ instrument: string; feed: string; source: Source }>): LatestValue {
  return [`instrument|${named.instrument}`, JSON.stringify(named)];
}
