import type { ControlRecord } from '@signal/contracts';
import type { OptionBook } from '../chain/option-book.ts';
import { createSlice, relistSlice, type SliceListing } from '../chain/option-slice.ts';

type ListingRecord = Extract<ControlRecord, { kind: 'listing' }>;

/** Returns the handler of listings: an expiry's options from here on. One that expired already is ignored. */
export function onListing(book: OptionBook): (record: ListingRecord) => void {
  return ({ underlying, expiry, expiresMs, strikes, rate, dividendYield }) => {
    if (expiresMs <= book.markMs) return;
    const listing: SliceListing = { underlying, expiry, expiresMs, strikes: Float64Array.from(new Set(strikes)).sort(), rate, dividendYield };
    const before = book.underlyings.get(underlying)?.slices.get(expiry);
    book.put(before === undefined ? createSlice(listing) : relistSlice(before, listing));
  };
}
