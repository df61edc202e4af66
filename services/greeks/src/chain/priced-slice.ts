import { type GreekColumn, greekColumns, greekNames, type Slice, type SliceHead } from '@signal/contracts';
import {
  choosePrice,
  expiredValues,
  midOf,
  nearestStrike,
  type OptionColumns,
  type PricedChain,
  priceChain,
  statusCode,
  yearsBetween,
} from '@signal/options';
import type { UnderlyingState } from './option-book.ts';
import type { LegColumns, OptionSlice } from './option-slice.ts';

/** Event time after which a quote, or the underlying's price, is said to be stale. */
export const STALE_AFTER_MS = 120_000;
/** Event time for which a last trade stands in for a missing mid. */
export const YOUNG_TRADE_MS = 300_000;

/** What a slice is priced from besides itself. */
export type PricingMarket = Readonly<{ underlying: UnderlyingState; nowMs: number }>;

/** Chosen price per leg, and when it was seen. */
type LegPrices = Readonly<{ prices: Float64Array; seenMs: Float64Array }>;

const choosePrices = (legs: LegColumns, nowMs: number): LegPrices => {
  const cells = legs.bid.length;
  const prices = new Float64Array(cells);
  const seenMs = new Float64Array(cells);
  for (let leg = 0; leg < cells; leg++) {
    const lastMs = legs.lastMs[leg] as number;
    const isLastYoung = nowMs - lastMs <= YOUNG_TRADE_MS;
    const { price, source } = choosePrice({
      bid: legs.bid[leg] as number,
      ask: legs.ask[leg] as number,
      last: legs.last[leg] as number,
      isLastYoung,
    });
    prices[leg] = price;
    seenMs[leg] = source === 'mid' ? (legs.quotedMs[leg] as number) : lastMs;
  }
  return { prices, seenMs };
};

/** Fills a column by cell. `Float64Array.from` with a callback had 70 us of an entry of seven expiries in a profile. */
const fill = (cells: number, valueOf: (cell: number) => number): Float64Array => {
  const column = new Float64Array(cells);
  for (let cell = 0; cell < cells; cell++) column[cell] = valueOf(cell);
  return column;
};

/** Every second cell, from the call (0) or the put (1) of the first strike. */
const side = (column: Float64Array, from: 0 | 1): Float64Array => fill(column.length / 2, (i) => column[2 * i + from] as number);

const freshOnly = ({ prices, seenMs }: LegPrices, nowMs: number): Float64Array =>
  prices.map((price, leg) => (nowMs - (seenMs[leg] as number) <= STALE_AFTER_MS ? price : Number.NaN));

/** Status code of both legs of each strike: that of its volatility, and how old what it rests on is. */
const legStatuses = (chain: PricedChain, strikes: Float64Array, stale: Readonly<{ seenMs: Float64Array; market: PricingMarket }>): Float64Array => {
  const { underlying, nowMs } = stale.market;
  const ok = statusCode('ok');
  const isUnderlyingStale = !(nowMs - underlying.spotMs <= STALE_AFTER_MS);
  return fill(2 * strikes.length, (leg) => {
    const strike = leg >> 1;
    const code = chain.statuses[strike] as number;
    if (code !== ok) return code;
    const outOfMoney = 2 * strike + ((strikes[strike] as number) >= chain.forward.value ? 0 : 1);
    if (nowMs - (stale.seenMs[outOfMoney] as number) > STALE_AFTER_MS) return statusCode('stale_quote');
    return isUnderlyingStale ? statusCode('stale_underlying') : ok;
  });
};

type Readings = Readonly<{ iv: Float64Array; status: Float64Array; values: OptionColumns }>;

const columnsOf = (legs: LegColumns, { iv, status, values }: Readings): ReadonlyMap<GreekColumn, Float64Array> =>
  new Map<GreekColumn, Float64Array>([
    ['bid', legs.bid],
    ['ask', legs.ask],
    ['last', legs.last],
    ['mid', legs.bid.map((bid, leg) => midOf(bid, legs.ask[leg] as number))],
    ['openInterest', legs.openInterest],
    ['volume', legs.volume],
    ['iv', iv],
    ['status', status],
    ['theoretical', values.price],
    ...greekNames.map((name) => [name, values[name]] as const),
  ]);

type HeadParts = Pick<SliceHead, 'forward' | 'forwardSource' | 'atmStrike' | 'atmIv'>;

const headOf = ({ listing, publish }: OptionSlice, { underlying, nowMs }: PricingMarket, parts: HeadParts): SliceHead => ({
  underlying: listing.underlying,
  expiry: listing.expiry,
  expiresMs: listing.expiresMs,
  seq: publish.seq,
  tsMs: nowMs,
  spot: underlying.spot,
  rate: listing.rate,
  dividendYield: listing.dividendYield,
  model: 'black76',
  strikes: [...listing.strikes],
  columns: greekColumns,
  ...parts,
});

/**
 * Returns a slice priced on Black-76: the forward from fresh quotes by put-call parity (else by carry), one volatility per
 * strike from its out-of-the-money side, which is the `iv` of both legs, and the greeks of both on it.
 */
export function priceSlice(slice: OptionSlice, market: PricingMarket): Slice {
  const { strikes, rate, dividendYield, expiresMs } = slice.listing;
  const { nowMs, underlying } = market;
  const seen = choosePrices(slice.legs, nowMs);
  const fresh = freshOnly(seen, nowMs);
  const chain = priceChain({
    ladder: { strikes, calls: side(seen.prices, 0), puts: side(seen.prices, 1) },
    parityLadder: { strikes, calls: side(fresh, 0), puts: side(fresh, 1) },
    spot: underlying.spot,
    rate,
    dividendYield,
    years: yearsBetween(nowMs, expiresMs),
  });
  const iv = fill(2 * strikes.length, (leg) => chain.volatilities[leg >> 1] as number);
  const status = legStatuses(chain, strikes, { seenMs: seen.seenMs, market });
  const head = headOf(slice, market, {
    forward: chain.forward.value,
    forwardSource: chain.forward.source,
    atmStrike: strikes[chain.atmIndex] as number,
    atmIv: Number.isNaN(chain.atmVolatility) ? null : chain.atmVolatility,
  });
  return { head, columns: columnsOf(slice.legs, { iv, status, values: chain.columns }) };
}

/** Returns the last slice of an expiry: what each option paid at the underlying's last price, and no volatility. */
export function expireSlice(slice: OptionSlice, market: PricingMarket): Slice {
  const { strikes } = slice.listing;
  const { spot } = market.underlying;
  const cells = 2 * strikes.length;
  const rows = Array.from({ length: cells }, (_, leg) => expiredValues(spot, strikes[leg >> 1] as number, leg % 2 === 0 ? 'C' : 'P'));
  const column = (name: keyof OptionColumns): Float64Array => Float64Array.from(rows, (row) => row[name]);
  const values = Object.fromEntries((['price', ...greekNames] as const).map((name) => [name, column(name)])) as unknown as OptionColumns;
  const iv = new Float64Array(cells).fill(Number.NaN);
  const status = new Float64Array(cells).fill(statusCode('expired'));
  const atmStrike = strikes[nearestStrike(strikes, spot)] as number;
  const head = headOf(slice, market, { forward: spot, forwardSource: 'spot', atmStrike, atmIv: null });
  return { head, columns: columnsOf(slice.legs, { iv, status, values }) };
}
