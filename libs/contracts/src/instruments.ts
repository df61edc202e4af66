import { SignalError } from './errors.ts';
import { nativeSpelling } from './instrument-spellings.ts';

/** What an instrument is. */
export type InstrumentKind = 'spot' | 'option' | 'future' | 'perpetual';

/** A parsed instrument. `underlying` is an instrument id (its own for a spot); `expiry` is `YYYY-MM-DD`. */
export type Instrument = Readonly<{
  id: string;
  venue: string;
  symbol: string;
  underlying: string;
  kind: InstrumentKind;
  expiry?: string;
  strike?: number;
  right?: 'C' | 'P';
}>;

/** Parts of an option's name. */
export type OptionParts = Readonly<{ underlying: string; expiry: string; strike: number; right: 'C' | 'P' }>;

const shape = /^[A-Z0-9._-]{1,20}:[A-Z0-9._-]{1,64}$/;
const option = /^(.+)-(\d{8})-(\d+(?:\.\d+)?)-([CP])$/;
const future = /^(.+)-(\d{8})-F$/;
const perpetual = /^(.+)-PERP$/;

const refuse = (text: string, why: string): never => {
  throw new SignalError('instrument_invalid', `instrument is ${JSON.stringify(text.slice(0, 100))}, and ${why}`);
};

const dashed = (digits: string): string => `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;

const isDate = (expiry: string): boolean => {
  const date = new Date(`${expiry}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(expiry);
};

/** Returns the id of an option: `INDEX:SPX-20190118-2500-C`. */
export function optionId({ underlying, expiry, strike, right }: OptionParts): string {
  return `${underlying}-${expiry.replaceAll('-', '')}-${strike}-${right}`;
}

const dated = (text: string, digits: string): string => {
  const expiry = dashed(digits);
  return isDate(expiry) ? expiry : refuse(text, `${digits} is not a date YYYYMMDD`);
};

const parseOption = (text: string, venue: string, parts: RegExpExecArray): Instrument => {
  const underlying = `${venue}:${parts[1]}`;
  const strike = Number(parts[3]);
  const right = parts[4] === 'C' ? 'C' : 'P';
  if (!(strike > 0)) refuse(text, 'its strike must be greater than 0');
  const expiry = dated(text, parts[2] ?? '');
  const id = optionId({ underlying, expiry, strike, right });
  return { id, venue, symbol: id.slice(venue.length + 1), underlying, kind: 'option', expiry, strike, right };
};

/**
 * Returns the instrument that a name means. Takes `VENUE:SYMBOL` and, at the edge, the spellings of OCC, NSE and Deribit;
 * surrounding space and lower case are forgiven. `venueOf` says the venue of a bare OCC root that is not an index of ours.
 * Throws `instrument_invalid`.
 */
export function parseInstrument(text: string, venueOf?: (root: string) => string | undefined): Instrument {
  const upper = text.trim().toUpperCase();
  const id = nativeSpelling(upper, venueOf) ?? upper;
  if (!shape.test(id)) refuse(text, 'must be VENUE:SYMBOL in A-Z 0-9 . _ -, at most 20 and 64 characters');
  const colon = id.indexOf(':');
  const venue = id.slice(0, colon);
  const symbol = id.slice(colon + 1);
  const asOption = option.exec(symbol);
  if (asOption !== null) return parseOption(text, venue, asOption);
  const asFuture = future.exec(symbol);
  if (asFuture !== null) {
    return { id, venue, symbol, underlying: `${venue}:${asFuture[1]}`, kind: 'future', expiry: dated(text, asFuture[2] ?? '') };
  }
  const asPerpetual = perpetual.exec(symbol);
  if (asPerpetual !== null) return { id, venue, symbol, underlying: `${venue}:${asPerpetual[1]}`, kind: 'perpetual' };
  return { id, venue, symbol, underlying: id, kind: 'spot' };
}
