import type { MarketRecord } from '@signal/contracts';
import type { Session } from '@signal/market';
import { interestRecords, listingOf, listingRecords } from './option-listing.ts';
import { type ChainState, createOptionQuotes } from './option-quotes.ts';
import type { ReplayInstrument } from './replay-instrument.ts';
import { volatilityLevel } from './volatility-level.ts';

/** Interest is said at the open and every half hour. */
const INTEREST_EVERY_S = 1_800;

/** The option chain of one session. */
export interface OptionChain {
  /** Returns the records of the session's open: what is listed. */
  opening(): readonly MarketRecord[];
  /** Returns interest and quotes of a second of the session. */
  recordsAt(second: number): readonly MarketRecord[];
}

/** Returns the synthetic chain of a session round an instrument's ticks, or undefined when the instrument does not trade or has no day before. */
export function createOptionChain(
  of: Readonly<{ underlying: ReplayInstrument; vix: ReplayInstrument | undefined }>,
  session: Session,
): OptionChain | undefined {
  const { underlying, vix } = of;
  const ticks = underlying.ticks(session);
  const listing = underlying.days === undefined ? undefined : listingOf(underlying.instrument, underlying.days, session);
  if (ticks === undefined || listing === undefined || underlying.days === undefined) return undefined;
  const volatility = volatilityLevel(underlying.days, vix, session);
  const quotes = createOptionQuotes(listing);
  const seconds = (session.closesMs - session.opensMs) / 1_000;
  const stateAt = (index: number): ChainState => ({
    tMs: session.opensMs + index * ticks.stepS * 1_000,
    index,
    spot: ticks.price(index),
    atmVolatility: volatility(index),
  });
  return {
    opening: () => listingRecords(listing),
    recordsAt: (second) => {
      if (second % ticks.stepS !== 0) return [];
      const index = second / ticks.stepS;
      const state = stateAt(index);
      const interest = second % INTEREST_EVERY_S === 0 ? interestRecords(listing, state.tMs, second / seconds) : [];
      return [...interest, ...quotes.quotes(state, () => (index > 0 ? stateAt(index - 1) : undefined))];
    },
  };
}
