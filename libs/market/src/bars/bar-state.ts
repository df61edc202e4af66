import { type Bar, isDaily, type Interval, parseInterval, type Source } from '@signal/contracts';
import { type BarSpan, barSpan, nominalMs } from './bar-span.ts';

/** An instant before every other that JSON can carry. */
export const NEVER_MS = -8.64e15;

/** Prices that enter a bar together: one trade, or one row of a CSV of bars. */
export type Contribution = Readonly<{ tMs: number; open: number; high: number; low: number; close: number; volume: number; source: Source }>;

/** A bar that is not final yet, or that was closed early when its feed ended. All of it stands in the snapshot. */
export type OpenBar = {
  startMs: number;
  endMs: number;
  session: string;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  /** Stamps of the prices that are open and close now: order in a bar is time, then arrival. */
  openMs: number;
  closeMs: number;
  source: Source;
  rev: number;
  /** Event time of the last forming record, and whether anything changed since. */
  emittedMs: number;
  dirty: boolean;
  closedEarly: boolean;
};

/** The open bars of one (instrument, interval), ascending; more than one only while late trades are allowed. */
export type Series = { readonly interval: Interval; readonly daily: boolean; readonly lengthMs: number; readonly bars: OpenBar[] };

/** Where sources meet in one bar, the later of this list names it. */
const sourceOrder: readonly Source[] = ['recorded', 'bridged', 'live', 'synthetic'];

const mixed = (a: Source, b: Source): Source => (a === b || sourceOrder.indexOf(a) >= sourceOrder.indexOf(b) ? a : b);

/** Returns a series without bars. */
export function createSeries(text: string): Series {
  const interval = parseInterval(text);
  return { interval, daily: isDaily(interval), lengthMs: nominalMs(interval), bars: [] };
}

/** Returns a bar that holds one contribution. */
export function openBar(span: BarSpan, from: Contribution): OpenBar {
  const { open, high, low, close, volume, source } = from;
  const marks = { openMs: from.tMs, closeMs: from.tMs, rev: 0, emittedMs: NEVER_MS, dirty: true, closedEarly: false };
  return { startMs: span.startMs, endMs: span.endMs, session: span.session, open, high, low, close, volume, source, ...marks };
}

/** Adds a contribution to a bar; one that was closed early opens again under the next `rev`. */
export function extendBar(bar: OpenBar, from: Contribution): void {
  if (from.tMs < bar.openMs) {
    bar.open = from.open;
    bar.openMs = from.tMs;
  }
  if (from.tMs >= bar.closeMs) {
    bar.close = from.close;
    bar.closeMs = from.tMs;
  }
  if (from.high > bar.high) bar.high = from.high;
  if (from.low < bar.low) bar.low = from.low;
  bar.volume += from.volume;
  bar.source = mixed(bar.source, from.source);
  bar.dirty = true;
  if (!bar.closedEarly) return;
  bar.closedEarly = false;
  bar.rev += 1;
  bar.emittedMs = NEVER_MS;
}

/** Puts a contribution into the bar of a series where its time falls. */
export function contribute(series: Series, venue: string, from: Contribution): void {
  const bars = series.bars;
  let at = bars.length;
  while (at > 0) {
    const bar = bars[at - 1];
    if (bar === undefined || from.tMs >= bar.endMs) break;
    if (from.tMs >= bar.startMs) return extendBar(bar, from);
    at--;
  }
  const span = barSpan(series.interval, venue, from.tMs);
  if (span !== undefined) bars.splice(at, 0, openBar(span, from));
}

/** Returns the record of a bar. A path bridged through a recorded day gives back that day: from 1d up it is `recorded`. */
export function recordOf(bar: OpenBar, names: Readonly<{ instrument: string; series: Series; final: boolean }>): Bar {
  const { series, instrument, final } = names;
  const source = series.daily && bar.source === 'bridged' ? 'recorded' : bar.source;
  const { startMs, endMs, open, high, low, close, volume, rev, session } = bar;
  return { kind: 'bar', instrument, interval: series.interval.text, startMs, endMs, open, high, low, close, volume, final, rev, source, session };
}
