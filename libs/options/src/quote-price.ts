/** The prices seen of one option; 0 or NaN = none of that kind. */
export type SeenPrices = Readonly<{ bid: number; ask: number; last: number; isLastYoung: boolean }>;

/** The price to explain, and where it comes from; NaN with source `none`. */
export type ChosenPrice = Readonly<{ price: number; source: 'mid' | 'last' | 'none' }>;

/** Returns the middle of a two-sided, uncrossed quote; NaN for any other. */
export function midOf(bid: number, ask: number): number {
  return bid > 0 && ask >= bid ? (bid + ask) / 2 : Number.NaN;
}

/** Returns the price of an option: the mid if two-sided and uncrossed, else the last trade if young, else none. */
export function choosePrice({ bid, ask, last, isLastYoung }: SeenPrices): ChosenPrice {
  const mid = midOf(bid, ask);
  if (!Number.isNaN(mid)) return { price: mid, source: 'mid' };
  return last > 0 && isLastYoung ? { price: last, source: 'last' } : { price: Number.NaN, source: 'none' };
}
