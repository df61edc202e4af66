import { type Bar, type Interval, SignalError, type Source } from '@signal/contracts';
import { sessionsOf } from '../calendar/sessions.ts';
import { nominalMs } from './bar-span.ts';
import { type Contribution, contribute, createSeries, NEVER_MS, type OpenBar, recordOf, type Series } from './bar-state.ts';

/** What a feed allows: how late a stamp may be, how long it may be silent, and the window of forming bars (event time). */
export type BarBuilderOptions = Readonly<{ latenessMs: number; idleMs: number; throttleMs: number }>;

/** A trade as the builder takes it. */
export type BuilderTrade = Readonly<{ instrument: string; tMs: number; price: number; size: number; source: Source }>;

/** One row of a feed of bars. `withOwn: false` leaves out the series of its own interval, whose bar it is already. */
export type BarRow = Readonly<Contribution & { instrument: string; interval: Interval; withOwn?: boolean }>;

/** What became of a trade. `outOfSession` ones are accepted and belong to no bar. */
export type TradeOutcome = 'accepted' | 'outOfSession' | 'late';

/** Builds the bars of many instruments and intervals from trades and marks; a pure fold, the same input gives the same bars. */
export interface BarBuilder {
  /** Keeps a series from here on, beginning with `seed` if its newest bar is not over. Opening it again does nothing. */
  open(instrument: string, interval: string, seed?: OpenBar): void;
  /** Returns the intervals kept of an instrument. */
  intervalsOf(instrument: string): readonly string[];
  /** Tells what would become of a trade at that time, without taking it. */
  judge(instrument: string, tMs: number): TradeOutcome;
  /** Takes a trade; a late one changes nothing. */
  trade(trade: BuilderTrade): TradeOutcome;
  /** Takes a row of bars into its own interval and every longer one. */
  bar(row: BarRow): TradeOutcome;
  /** Market time of the feed has reached `tMs`. */
  mark(tMs: number): void;
  /** The feed ended: every open bar becomes final now, and is corrected under the next `rev` if trades follow. */
  closeAll(): void;
  /** Returns what changed since the last call: bars that closed, then the forming bars that are due. */
  take(): readonly Bar[];
  /** Returns the bars that are not final, without taking them. */
  forming(instrument: string, interval: string): readonly OpenBar[];
  /** Returns the newest accepted stamp of an instrument, or undefined before its first. */
  newestMs(instrument: string): number | undefined;
  /** Returns how many trades of an instrument fell outside its sessions. */
  outOfSession(instrument: string): number;
  /** Returns the whole state as bytes for `createBarBuilder`. */
  snapshot(): Uint8Array;
}

type InstrumentState = {
  readonly instrument: string;
  readonly venue: string;
  newestMs: number;
  outOfSession: number;
  /** No open bar ends before this, so that most marks touch nothing. */
  nextEndMs: number;
  sessionOpensMs: number;
  sessionClosesMs: number;
  readonly series: Series[];
};

type Saved = Readonly<{
  markMs: number;
  nowMs: number;
  instruments: readonly Readonly<{
    instrument: string;
    newestMs: number;
    outOfSession: number;
    series: readonly (readonly [string, readonly OpenBar[]])[];
  }>[];
}>;

class Builder implements BarBuilder {
  private readonly options: BarBuilderOptions;
  private readonly states = new Map<string, InstrumentState>();
  private readonly closed: Bar[] = [];
  private markMs = NEVER_MS;
  private nowMs = NEVER_MS;

  constructor(options: BarBuilderOptions, saved: Saved | undefined) {
    this.options = options;
    if (saved === undefined) return;
    this.markMs = saved.markMs;
    this.nowMs = saved.nowMs;
    for (const from of saved.instruments) {
      const state = this.stateOf(from.instrument);
      state.newestMs = from.newestMs;
      state.outOfSession = from.outOfSession;
      state.nextEndMs = NEVER_MS;
      for (const [text, bars] of from.series) {
        const series = createSeries(text);
        series.bars.push(...bars.map((bar) => ({ ...bar })));
        state.series.push(series);
      }
    }
  }

  open(instrument: string, interval: string, seed?: OpenBar): void {
    const state = this.stateOf(instrument);
    if (state.series.some((series) => series.interval.text === interval)) return;
    const series = createSeries(interval);
    if (seed !== undefined) series.bars.push({ ...seed });
    state.series.push(series);
    state.nextEndMs = NEVER_MS;
  }

  intervalsOf(instrument: string): readonly string[] {
    return this.states.get(instrument)?.series.map((series) => series.interval.text) ?? [];
  }

  judge(instrument: string, tMs: number): TradeOutcome {
    const state = this.stateOf(instrument);
    if (tMs < this.closedBeforeMs(state)) return 'late';
    return this.isInSession(state, tMs) ? 'accepted' : 'outOfSession';
  }

  trade({ instrument, tMs, price, size, source }: BuilderTrade): TradeOutcome {
    const from = { tMs, open: price, high: price, low: price, close: price, volume: size, source };
    return this.add(this.stateOf(instrument), from, 0);
  }

  bar(row: BarRow): TradeOutcome {
    return this.add(this.stateOf(row.instrument), row, nominalMs(row.interval) + (row.withOwn === false ? 1 : 0));
  }

  mark(tMs: number): void {
    if (tMs <= this.markMs) return;
    this.markMs = tMs;
    if (tMs > this.nowMs) this.nowMs = tMs;
    for (const state of this.states.values()) this.closeUntil(state);
  }

  closeAll(): void {
    for (const state of this.states.values()) {
      for (const series of state.series) this.closeEarly(state, series);
    }
  }

  take(): readonly Bar[] {
    const out = this.closed.splice(0);
    for (const state of this.states.values()) {
      for (const series of state.series) this.takeForming(state, series, out);
    }
    return out;
  }

  forming(instrument: string, interval: string): readonly OpenBar[] {
    return this.states.get(instrument)?.series.find((series) => series.interval.text === interval)?.bars ?? [];
  }

  newestMs(instrument: string): number | undefined {
    const newest = this.states.get(instrument)?.newestMs ?? NEVER_MS;
    return newest === NEVER_MS ? undefined : newest;
  }

  outOfSession(instrument: string): number {
    return this.states.get(instrument)?.outOfSession ?? 0;
  }

  snapshot(): Uint8Array {
    const instruments = [...this.states.values()].map(({ instrument, newestMs, outOfSession, series }) => ({
      instrument,
      newestMs,
      outOfSession,
      series: series.map(({ interval, bars }) => [interval.text, bars] as const),
    }));
    const saved: Saved = { markMs: this.markMs, nowMs: this.nowMs, instruments };
    return new TextEncoder().encode(JSON.stringify(saved));
  }

  private stateOf(instrument: string): InstrumentState {
    const known = this.states.get(instrument);
    if (known !== undefined) return known;
    const venue = instrument.slice(0, Math.max(0, instrument.indexOf(':')));
    const times = { newestMs: NEVER_MS, nextEndMs: NEVER_MS, sessionOpensMs: 0, sessionClosesMs: 0 };
    const fresh = { instrument, venue, outOfSession: 0, series: [], ...times };
    this.states.set(instrument, fresh);
    return fresh;
  }

  private add(state: InstrumentState, from: Contribution, leastLengthMs: number): TradeOutcome {
    if (from.tMs < this.closedBeforeMs(state)) return 'late';
    if (from.tMs > this.nowMs) this.nowMs = from.tMs;
    if (from.tMs > state.newestMs) state.newestMs = from.tMs;
    const inSession = this.isInSession(state, from.tMs);
    if (inSession) {
      for (const series of state.series) {
        if (series.lengthMs >= leastLengthMs) contribute(series, state.venue, from);
      }
      state.nextEndMs = NEVER_MS;
    } else state.outOfSession += 1;
    this.closeUntil(state);
    return inSession ? 'accepted' : 'outOfSession';
  }

  /** A bar that ends at or before this is closed, so a trade before it is late. */
  private closedBeforeMs(state: InstrumentState): number {
    const { latenessMs, idleMs } = this.options;
    return Math.max(state.newestMs - latenessMs, this.markMs - latenessMs - idleMs);
  }

  private isInSession(state: InstrumentState, tMs: number): boolean {
    if (tMs >= state.sessionOpensMs && tMs < state.sessionClosesMs) return true;
    const session = sessionsOf(state.venue).sessionAt(tMs);
    if (session === undefined) return false;
    state.sessionOpensMs = session.opensMs;
    state.sessionClosesMs = session.closesMs;
    return true;
  }

  private closeUntil(state: InstrumentState): void {
    const beforeMs = this.closedBeforeMs(state);
    if (beforeMs < state.nextEndMs) return;
    let nextEndMs = Number.POSITIVE_INFINITY;
    for (const series of state.series) {
      let bar = series.bars[0];
      while (bar !== undefined && bar.endMs <= beforeMs) {
        if (!bar.closedEarly) this.closed.push(recordOf(bar, { instrument: state.instrument, series, final: true }));
        series.bars.shift();
        bar = series.bars[0];
      }
      if (bar !== undefined && bar.endMs < nextEndMs) nextEndMs = bar.endMs;
    }
    state.nextEndMs = nextEndMs;
  }

  private closeEarly(state: InstrumentState, series: Series): void {
    for (const bar of series.bars) {
      if (!bar.closedEarly) this.closed.push(recordOf(bar, { instrument: state.instrument, series, final: true }));
      bar.closedEarly = true;
      bar.dirty = false;
    }
  }

  private takeForming(state: InstrumentState, series: Series, out: Bar[]): void {
    for (const bar of series.bars) {
      if (!bar.dirty || this.nowMs - bar.emittedMs < this.options.throttleMs) continue;
      bar.dirty = false;
      bar.emittedMs = this.nowMs;
      out.push(recordOf(bar, { instrument: state.instrument, series, final: false }));
    }
  }
}

const readSaved = (bytes: Uint8Array): Saved => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Saved;
  } catch (cause) {
    throw new SignalError('snapshot_incompatible', `snapshot of a bar builder is not JSON (${bytes.length} bytes)`, { cause });
  }
};

/** Returns a bar builder, empty or as a snapshot says. */
export function createBarBuilder(options: BarBuilderOptions, snapshot?: Uint8Array): BarBuilder {
  return new Builder(options, snapshot === undefined ? undefined : readSaved(snapshot));
}
