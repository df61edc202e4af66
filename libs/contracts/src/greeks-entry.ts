import { SignalError } from './errors.ts';
import { type EntryFields, WIRE_VERSION } from './signal.ts';

/** Statuses of an option's reading, in the order of their codes in the `status` column. */
export const optionStatuses = [
  'ok',
  'no_quote',
  'at_intrinsic',
  'below_intrinsic',
  'above_max',
  'ill_conditioned',
  'invalid',
  'expired',
  'stale_quote',
  'stale_underlying',
  'no_convergence',
] as const;
/** Status of an option's reading. */
export type OptionStatus = (typeof optionStatuses)[number];

/** The 16 greeks in the order of their columns. theta a calendar day, vega and rho a point (0.01); the others raw. */
export const greekNames = [
  'delta',
  'gamma',
  'theta',
  'vega',
  'rho',
  'epsilon',
  'dualDelta',
  'dualGamma',
  'vanna',
  'volga',
  'charm',
  'veta',
  'speed',
  'zomma',
  'color',
  'ultima',
] as const;
/** Name of a greek. */
export type GreekName = (typeof greekNames)[number];

/** Columns of a slice: quotes, interest, the strike's volatility and its status code, then price and greeks. NaN = no value. */
export const greekColumns = ['bid', 'ask', 'last', 'mid', 'openInterest', 'volume', 'iv', 'status', 'theoretical', ...greekNames] as const;
/** Name of a column of a slice. */
export type GreekColumn = (typeof greekColumns)[number];

/** Head of a slice: one expiry of one underlying at one market time. */
export type SliceHead = Readonly<{
  underlying: string;
  expiry: string;
  expiresMs: number;
  seq: number;
  tsMs: number;
  spot: number;
  forward: number;
  forwardSource: string;
  rate: number;
  dividendYield: number;
  atmStrike: number;
  atmIv: number | null;
  model: string;
  /** Both legs of a strike have as `iv` the volatility of its out-of-the-money side. */
  strikes: readonly number[];
  columns: readonly string[];
}>;

/** A priced slice. `d[column][2 * strikeIndex + (call ? 0 : 1)]`. */
export type Slice = Readonly<{ head: SliceHead; columns: ReadonlyMap<string, Float64Array> }>;

/** Returns the fields of a `greeks` entry: the columns as little-endian float64, strikes × {call, put} each, in head order. */
export function encodeSlice(slice: Slice): EntryFields {
  const legs = slice.head.strikes.length * 2;
  const cells = new Float64Array(legs * slice.head.columns.length);
  slice.head.columns.forEach((name, index) => {
    const column = slice.columns.get(name);
    if (column?.length !== legs) throw new SignalError('argument_invalid', `column ${name} has ${column?.length ?? 0} cells, and must have ${legs}`);
    cells.set(column, index * legs);
  });
  return { v: WIRE_VERSION, n: String(slice.head.strikes.length), head: JSON.stringify(slice.head), d: Buffer.from(cells.buffer) };
}

/** Returns the slice of a `greeks` entry, or throws `entry_corrupt` when its size disagrees with its head. */
export function decodeSlice(headText: string, d: Uint8Array): Slice {
  const head = JSON.parse(headText) as SliceHead;
  const legs = head.strikes.length * 2;
  const cells = new Float64Array(d.buffer.slice(d.byteOffset, d.byteOffset + (d.byteLength & ~7)));
  if (cells.length !== legs * head.columns.length) {
    throw new SignalError('entry_corrupt', `greeks entry has ${cells.length} cells, and its head names ${legs * head.columns.length}`);
  }
  return { head, columns: new Map(head.columns.map((name, index) => [name, cells.subarray(index * legs, (index + 1) * legs)])) };
}
