import { murmur3, optionId, type ControlRecord, type Interest } from '@signal/contracts';
import { dayOf, expiriesOf, type Expiry, type Session } from '@signal/market';
import type { Days } from './days.ts';

/** Rates of the synthetic chain: continuous, a year. */
export const OPTION_RATE = 0.024;
/** Dividend yield of the synthetic chain: continuous, a year. */
export const OPTION_DIVIDEND_YIELD = 0.019;

const STEP = 10;
const STRIKES_EACH_SIDE = 25;

/** One listed option; `slot` is its place in the columns of a session's quotes. */
export type ListedOption = Readonly<{ instrument: string; slot: number; openInterest: number; dailyVolume: number }>;
/** The call and the put of one strike. */
export type ListedStrike = Readonly<{ strike: number; call: ListedOption; put: ListedOption }>;
/** The strikes of one expiry. */
export type ListedExpiry = Expiry & Readonly<{ strikes: readonly ListedStrike[] }>;
/** What is listed during one session. */
export type Listing = Readonly<{ underlying: string; options: number; previousClose: number; expiries: readonly ListedExpiry[] }>;

/** Returns the listed strikes: multiples of 10 within 25 steps of the previous close. */
export function strikesAround(previousClose: number): readonly number[] {
  const reach = STEP * STRIKES_EACH_SIDE;
  const first = Math.max(STEP, Math.ceil((previousClose - reach) / STEP) * STEP);
  const last = Math.floor((previousClose + reach) / STEP) * STEP;
  return Array.from({ length: Math.max(0, (last - first) / STEP + 1) }, (_, k) => first + k * STEP);
}

/** Interest falls off from the money, is greater on hundreds, and scatters by the option's name: a made-up but stable figure. */
const interestOf = (instrument: string, strike: number, previousClose: number): number => {
  const distance = (strike - previousClose) / (STEP * STRIKES_EACH_SIDE);
  const scatter = 0.5 + (murmur3(instrument) % 1_000) / 1_000;
  return Math.round(12_000 * (1 - 0.8 * distance * distance) * scatter * (strike % 100 === 0 ? 2.5 : 1));
};

/** Returns what is listed in a session, or undefined before the second day of the underlying. */
export function listingOf(underlying: string, days: Days, session: Session): Listing | undefined {
  const previousClose = days.before(dayOf(session.session))?.close;
  if (previousClose === undefined) return undefined;
  let slot = 0;
  const listed = (expiry: string, strike: number, right: 'C' | 'P'): ListedOption => {
    const instrument = optionId({ underlying, expiry, strike, right });
    const openInterest = interestOf(instrument, strike, previousClose);
    return {
      instrument,
      slot: slot++,
      openInterest,
      dailyVolume: Math.round(openInterest * (0.05 + (murmur3(`${instrument}|${session.session}`) % 300) / 1_000)),
    };
  };
  const expiries = expiriesOf(session.session).map((expiry) => ({
    ...expiry,
    strikes: strikesAround(previousClose).map((strike) => ({
      strike,
      call: listed(expiry.expiry, strike, 'C'),
      put: listed(expiry.expiry, strike, 'P'),
    })),
  }));
  return { underlying, options: slot, previousClose, expiries };
}

/** Returns the `listing` records of a session's open, one an expiry. */
export function listingRecords({ underlying, expiries }: Listing): readonly ControlRecord[] {
  return expiries.map(({ expiry, expiresMs, strikes }) => ({
    kind: 'listing',
    underlying,
    expiry,
    expiresMs,
    strikes: strikes.map(({ strike }) => strike),
    rate: OPTION_RATE,
    dividendYield: OPTION_DIVIDEND_YIELD,
  }));
}

/** Returns contracts open and traded of every listed option, when `share` (0 to 1) of the session is over. */
export function interestRecords(listing: Listing, tMs: number, share: number): readonly Interest[] {
  return listing.expiries.flatMap(({ strikes }) =>
    strikes.flatMap(({ call, put }) =>
      [call, put].map(({ instrument, openInterest, dailyVolume }) => ({
        kind: 'interest' as const,
        instrument,
        tMs,
        openInterest,
        volume: Math.floor(dailyVolume * share),
      })),
    ),
  );
}
