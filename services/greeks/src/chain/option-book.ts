import { legInstrument, type OptionSlice } from './option-slice.ts';

/** The last price of an underlying and its listed expiries by date. */
export type UnderlyingState = { spot: number; spotMs: number; readonly slices: Map<string, OptionSlice> };

/** An expiry whose last reading went out, and until which market time it can be read as the newest. */
export type ExpiredSlice = Readonly<{ underlying: string; expiry: string; untilMs: number }>;

/** Market time for which the last reading of an expiry stays among the newest values. */
export const EXPIRED_KEPT_MS = 3_600_000;

/** Where an option's quotes belong. */
export type LegPlace = Readonly<{ slice: OptionSlice; leg: number }>;

/** The state of one partition: its underlyings with their chains, and how far market time has come. */
export class OptionBook {
  readonly underlyings = new Map<string, UnderlyingState>();
  /** Newest stamp of any record; throttles and years to expiry count from it. */
  nowMs = 0;
  /** Newest mark; expiries wait for it. */
  markMs = 0;
  /** Expiries that can still be read, in the order in which they expired. */
  expired: ExpiredSlice[] = [];
  private readonly places = new Map<string, LegPlace>();

  /** Returns an underlying's state, made on first sight. */
  underlying(instrument: string): UnderlyingState {
    const known = this.underlyings.get(instrument);
    if (known !== undefined) return known;
    const state: UnderlyingState = { spot: Number.NaN, spotMs: Number.NaN, slices: new Map() };
    this.underlyings.set(instrument, state);
    return state;
  }

  /** Returns where a listed option's quotes belong, undefined for anything that is not listed here. */
  place(instrument: string): LegPlace | undefined {
    return this.places.get(instrument);
  }

  /** Puts a slice in the place of an earlier one of its expiry, if any. */
  put(slice: OptionSlice): void {
    const { slices } = this.underlying(slice.listing.underlying);
    const before = slices.get(slice.listing.expiry);
    if (before !== undefined) this.forgetLegs(before);
    slices.set(slice.listing.expiry, slice);
    for (let leg = 0; leg < 2 * slice.listing.strikes.length; leg++) this.places.set(legInstrument(slice.listing, leg), { slice, leg });
  }

  /** Drops an expired slice. */
  drop(slice: OptionSlice): void {
    this.forgetLegs(slice);
    this.underlyings.get(slice.listing.underlying)?.slices.delete(slice.listing.expiry);
  }

  /** Takes out the expiries whose last reading was kept long enough. One that is listed anew is no longer among them. */
  takeForgotten(): readonly ExpiredSlice[] {
    const [oldest] = this.expired;
    if (oldest === undefined || oldest.untilMs > this.markMs) return [];
    const forgotten = this.expired.filter(({ untilMs }) => untilMs <= this.markMs);
    this.expired = this.expired.filter(({ untilMs }) => untilMs > this.markMs);
    return forgotten.filter(({ underlying, expiry }) => this.underlyings.get(underlying)?.slices.has(expiry) !== true);
  }

  /** Moves market time on; it never goes back. */
  advance(tMs: number): void {
    if (tMs > this.nowMs) this.nowMs = tMs;
  }

  private forgetLegs({ listing }: OptionSlice): void {
    for (let leg = 0; leg < 2 * listing.strikes.length; leg++) this.places.delete(legInstrument(listing, leg));
  }
}
