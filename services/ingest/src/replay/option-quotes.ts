import type { Quote } from '@signal/contracts';
import { blackPrice } from '@signal/options';
import { type ListedExpiry, type ListedOption, type ListedStrike, type Listing, OPTION_DIVIDEND_YIELD, OPTION_RATE } from './option-listing.ts';

const YEAR_MS = 31_536_000_000;
/** Every option is quoted again in full at every twelfth tick (a minute), else only those whose bid or ask moved. */
const FULL_EVERY = 12;

/** What a chain is quoted round at one instant. */
export type ChainState = Readonly<{ tMs: number; index: number; spot: number; atmVolatility: number }>;

/** Quotes of one session's chain, tick by tick. */
export interface OptionQuotes {
  /** Returns the quotes that changed since the tick before `state` (`previous` gives it when it was not asked for), each at most once a tick. */
  quotes(state: ChainState, previous: () => ChainState | undefined): readonly Quote[];
}

/**
 * Volatility of a strike: a term slope against 30 days, then a skew in standardised log-moneyness x that is steeper for puts and
 * turns up again far out of the money on the call side. Invented shapes; the level alone is recorded.
 */
const volatilityAt = (x: number, atm: number, years: number): number => {
  const term = atm * (1 + 0.06 * (Math.sqrt(years) - Math.sqrt(30 / 365)));
  const bounded = Math.max(-4, Math.min(4, x));
  return term * Math.max(0.6, 1 - 0.09 * bounded + 0.018 * bounded * bounded);
};

const tickOf = (price: number): number => (price < 3 ? 0.05 : 0.1);
const cents = (value: number): number => Math.round(value * 100) / 100;

class SessionQuotes implements OptionQuotes {
  private readonly listing: Listing;
  private readonly bids: Float64Array;
  private readonly asks: Float64Array;
  private quotedIndex = -1;

  constructor(listing: Listing) {
    this.listing = listing;
    this.bids = new Float64Array(listing.options);
    this.asks = new Float64Array(listing.options);
  }

  quotes(state: ChainState, previous: () => ChainState | undefined): readonly Quote[] {
    if (state.index > 0 && this.quotedIndex !== state.index - 1) {
      const before = previous();
      if (before !== undefined) this.quoteAll(before, []);
    }
    const out: Quote[] = [];
    this.quoteAll(state, out);
    return out;
  }

  private quoteAll(state: ChainState, out: Quote[]): void {
    for (const expiry of this.listing.expiries) this.quoteExpiry(expiry, state, out);
    this.quotedIndex = state.index;
  }

  private quoteExpiry({ expiresMs, strikes }: ListedExpiry, state: ChainState, out: Quote[]): void {
    const years = (expiresMs - state.tMs) / YEAR_MS;
    const discount = Math.exp(-OPTION_RATE * years);
    const forward = state.spot * Math.exp((OPTION_RATE - OPTION_DIVIDEND_YIELD) * years);
    const deviation = state.atmVolatility * Math.sqrt(years);
    for (const strike of strikes) {
      const x = Math.log(strike.strike / forward) / deviation;
      const volatility = volatilityAt(x, state.atmVolatility, years);
      const right = strike.strike >= forward ? 'C' : 'P';
      const outPrice = blackPrice({ forward, strike: strike.strike, years, volatility, discount, right });
      // The leg in the money by put-call parity, so that both share one volatility.
      const inPrice = outPrice + discount * Math.abs(forward - strike.strike);
      this.quoteStrike(strike, right === 'C' ? [outPrice, inPrice] : [inPrice, outPrice], { state, out });
    }
  }

  private quoteStrike(strike: ListedStrike, [call, put]: readonly [number, number], to: Readonly<{ state: ChainState; out: Quote[] }>): void {
    this.quoteOne(strike.call, call, to);
    this.quoteOne(strike.put, put, to);
  }

  private quoteOne({ instrument, slot }: ListedOption, price: number, { state, out }: Readonly<{ state: ChainState; out: Quote[] }>): void {
    const tick = tickOf(price);
    const half = Math.max(tick / 2, 0.02 + 0.006 * price);
    const bid = cents(Math.max(0, Math.floor((price - half) / tick) * tick));
    const ask = cents(Math.max(tick, Math.ceil((price + half) / tick) * tick));
    const moved = bid !== this.bids[slot] || ask !== this.asks[slot];
    this.bids[slot] = bid;
    this.asks[slot] = ask;
    if (!moved && state.index % FULL_EVERY !== 0) return;
    const size = 1 + ((slot * 7_919 + state.index * 104_729) % 60);
    out.push({
      kind: 'quote',
      instrument,
      tMs: state.tMs,
      bid,
      ask,
      bidSize: bid > 0 ? size : 0,
      askSize: 1 + ((size * 31) % 60),
      source: 'synthetic',
    });
  }
}

/** Returns the quotes of a listed chain. They are a function of the tick's state and of the tick before it. */
export function createOptionQuotes(listing: Listing): OptionQuotes {
  return new SessionQuotes(listing);
}
