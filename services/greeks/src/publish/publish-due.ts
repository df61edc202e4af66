import type { Output } from '@signal/bus';
import { EXPIRED_KEPT_MS, type OptionBook, type UnderlyingState } from '../chain/option-book.ts';
import type { OptionSlice } from '../chain/option-slice.ts';
import { expireSlice, type PricingMarket, priceSlice } from '../chain/priced-slice.ts';
import { chainOutput, forgottenOutputs, greeksOutput } from './slice-outputs.ts';

/** Least event time between two greeks entries of one slice. */
export const GREEKS_EVERY_MS = 20;
const MS_PER_SECOND = 1_000;

const unexpired = ({ slices }: UnderlyingState, markMs: number): readonly string[] =>
  [...slices.values()]
    .map(({ listing }) => listing)
    .filter(({ expiresMs }) => expiresMs > markMs)
    .sort((left, right) => left.expiresMs - right.expiresMs)
    .map(({ expiry }) => expiry);

/** The last reading of an expiry goes out once on both topics, whatever the throttles say. */
const publishExpired = (slice: OptionSlice, market: PricingMarket, expiries: readonly string[]): readonly Output[] => {
  if (Number.isNaN(market.underlying.spot)) return [];
  slice.publish.seq += 1;
  slice.publish.chainSeq += 1;
  const expired = expireSlice(slice, market);
  return [greeksOutput(expired), chainOutput(expired, { expiries, seq: slice.publish.chainSeq })];
};

/** Which topics a changed slice is due on, and what they make of it. */
const publishChanged = ({ listing, publish, ...rest }: OptionSlice, market: PricingMarket, expiries: readonly string[]): readonly Output[] => {
  const second = Math.floor(market.nowMs / MS_PER_SECOND);
  const isDue = publish.isDirty && market.nowMs - publish.publishedMs >= GREEKS_EVERY_MS;
  const isChainDue = publish.isChainDirty && second > publish.chainSecond;
  if ((!isDue && !isChainDue) || market.nowMs >= listing.expiresMs) return [];
  const outputs: Output[] = [];
  if (isDue) Object.assign(publish, { seq: publish.seq + 1, publishedMs: market.nowMs, isDirty: false });
  const priced = priceSlice({ listing, publish, ...rest }, market);
  if (isDue) outputs.push(greeksOutput(priced));
  if (isChainDue) {
    Object.assign(publish, { chainSeq: publish.chainSeq + 1, chainSecond: second, isChainDirty: false });
    outputs.push(chainOutput(priced, { expiries, seq: publish.chainSeq }));
  }
  return outputs;
};

/**
 * Returns what is due after an entry: each changed slice at most once in 20 ms of event time, its chain once an event second, an
 * expiry's last reading when a mark reaches its cut-off; an hour of market time later it is among the newest values no more. Nothing of an underlying goes out before its first price.
 */
export function publishDue(book: OptionBook): readonly Output[] {
  const outputs: Output[] = book.takeForgotten().flatMap(forgottenOutputs);
  for (const underlying of book.underlyings.values()) {
    if (underlying.slices.size === 0) continue;
    const expiries = unexpired(underlying, book.markMs);
    const market = { underlying, nowMs: book.nowMs };
    for (const slice of underlying.slices.values()) {
      if (slice.listing.expiresMs <= book.markMs) {
        outputs.push(...publishExpired(slice, market, expiries));
        const { expiry, expiresMs } = slice.listing;
        book.expired.push({ underlying: slice.listing.underlying, expiry, untilMs: expiresMs + EXPIRED_KEPT_MS });
        book.drop(slice);
      } else if (!Number.isNaN(underlying.spot)) {
        outputs.push(...publishChanged(slice, market, expiries));
      }
    }
  }
  return outputs;
}
