import type { Migrate } from '@signal/bus';
import { SignalError } from '@signal/contracts';
import { type ExpiredSlice, OptionBook } from './chain/option-book.ts';
import { createSlice, legColumnNames, type OptionSlice, type PublishState, type SliceListing } from './chain/option-slice.ts';

/** Version of the bytes below. */
export const SNAPSHOT_VERSION = 'greeks-2';

/** The first version lacks expired expiries, and reads as if there were none. */
export const migrateBook: Migrate = (version) => (version === 'greeks-1' ? (bytes) => bytes : undefined);

type SliceHeader = Readonly<{ listing: Omit<SliceListing, 'strikes'> & Readonly<{ strikes: readonly number[] }>; publish: PublishState }>;
type Header = Readonly<{
  nowMs: number;
  markMs: number;
  /** Absent in the first version. */
  expired?: readonly ExpiredSlice[];
  /** JSON has no NaN: null = no price yet. */
  underlyings: readonly Readonly<{ instrument: string; spot: number | null; spotMs: number | null; slices: readonly SliceHeader[] }>[];
}>;

const LENGTH_BYTES = 4;

const slicesOf = (book: OptionBook): readonly OptionSlice[] => [...book.underlyings.values()].flatMap(({ slices }) => [...slices.values()]);

/** Returns the book as bytes: the length of a JSON header, the header, then the leg columns of each slice as little-endian float64. */
export function encodeBook(book: OptionBook): Uint8Array {
  const header: Header = {
    nowMs: book.nowMs,
    markMs: book.markMs,
    expired: book.expired,
    underlyings: [...book.underlyings].map(([instrument, { spot, spotMs, slices }]) => ({
      instrument,
      spot: Number.isNaN(spot) ? null : spot,
      spotMs: Number.isNaN(spotMs) ? null : spotMs,
      slices: [...slices.values()].map(({ listing, publish }) => ({ listing: { ...listing, strikes: [...listing.strikes] }, publish })),
    })),
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  const columns = slicesOf(book).flatMap(({ legs }) =>
    legColumnNames.map((name) => Buffer.from(legs[name].buffer, legs[name].byteOffset, legs[name].byteLength)),
  );
  return Buffer.concat([length, text, ...columns]);
}

/** Returns the book of its bytes, or throws `snapshot_incompatible` when they are of another length than their header says. */
export function decodeBook(bytes: Uint8Array): OptionBook {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const textEnd = LENGTH_BYTES + buffer.readUInt32LE(0);
  const header = JSON.parse(buffer.toString('utf8', LENGTH_BYTES, textEnd)) as Header;
  const book = new OptionBook();
  book.nowMs = header.nowMs;
  book.markMs = header.markMs;
  book.expired = [...(header.expired ?? [])];
  let at = textEnd;
  for (const { instrument, spot, spotMs, slices } of header.underlyings) {
    const underlying = book.underlying(instrument);
    underlying.spot = spot ?? Number.NaN;
    underlying.spotMs = spotMs ?? Number.NaN;
    for (const { listing, publish } of slices) {
      const empty = createSlice({ ...listing, strikes: Float64Array.from(listing.strikes) });
      for (const name of legColumnNames) {
        const column = new Uint8Array(empty.legs[name].buffer);
        column.set(buffer.subarray(at, at + column.length));
        at += column.length;
      }
      book.put({ ...empty, publish: { ...publish } });
    }
  }
  if (at !== bytes.length) throw new SignalError('snapshot_incompatible', `the snapshot has ${bytes.length} bytes, and its header names ${at}`);
  return book;
}
