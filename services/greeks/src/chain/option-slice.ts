import { optionId } from '@signal/contracts';

/** What is listed of one expiry of one underlying. */
export type SliceListing = Readonly<{
  underlying: string;
  expiry: string;
  expiresMs: number;
  /** Ascending, each once. */
  strikes: Float64Array;
  rate: number;
  dividendYield: number;
}>;

/** What the market said of each leg; cells 2i and 2i + 1 are the call and put of strike i. NaN = nothing yet. */
export type LegColumns = Readonly<Record<'bid' | 'ask' | 'quotedMs' | 'last' | 'lastMs' | 'openInterest' | 'volume', Float64Array>>;

/** Names of the leg columns, in the order of snapshots. */
export const legColumnNames = ['bid', 'ask', 'quotedMs', 'last', 'lastMs', 'openInterest', 'volume'] as const satisfies readonly (keyof LegColumns)[];

/** How far a slice is published; `seq` counts its greeks entries, `chainSeq` its chain signals. */
export type PublishState = { seq: number; chainSeq: number; publishedMs: number; chainSecond: number; isDirty: boolean; isChainDirty: boolean };

/** One expiry of one underlying: its listing, what was quoted, and how far it is published. */
export type OptionSlice = Readonly<{ listing: SliceListing; legs: LegColumns; publish: PublishState }>;

const emptyColumn = (cells: number): Float64Array => new Float64Array(cells).fill(Number.NaN);

/** Returns a listed slice of which nothing was quoted or published yet. */
export function createSlice(listing: SliceListing): OptionSlice {
  const cells = 2 * listing.strikes.length;
  const column = (): Float64Array => emptyColumn(cells);
  return {
    listing,
    legs: { bid: column(), ask: column(), quotedMs: column(), last: column(), lastMs: column(), openInterest: column(), volume: column() },
    publish: { seq: 0, chainSeq: 0, publishedMs: 0, chainSecond: -1, isDirty: false, isChainDirty: false },
  };
}

/** Returns the slice under a newer listing: what is known of strikes that stay is kept, and the counts go on. */
export function relistSlice(slice: OptionSlice, listing: SliceListing): OptionSlice {
  const relisted = createSlice(listing);
  const before = new Map(Array.from(slice.listing.strikes, (strike, index) => [strike, index]));
  listing.strikes.forEach((strike, index) => {
    const from = before.get(strike);
    if (from === undefined) return;
    for (const name of legColumnNames) relisted.legs[name].set(slice.legs[name].subarray(2 * from, 2 * from + 2), 2 * index);
  });
  return { ...relisted, publish: { ...slice.publish } };
}

/** Returns the instrument of a leg. */
export function legInstrument({ underlying, expiry, strikes }: SliceListing, leg: number): string {
  return optionId({ underlying, expiry, strike: strikes[leg >> 1] ?? 0, right: leg % 2 === 0 ? 'C' : 'P' });
}

/** Says that something of a slice changed since it was published. */
export function touch({ publish }: OptionSlice): void {
  publish.isDirty = true;
  publish.isChainDirty = true;
}
