import type { Bar } from '@signal/contracts';
import type { BarColumns, ScriptBar } from '../worker/messages.ts';

/** Closed bars that a series keeps for its scripts. */
export const HISTORY_BARS = 500;

type Columns = { [Name in keyof BarColumns]: number[] };
const names = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;

/** The newest closed bars of every series of a partition. */
export interface BarHistory {
  /** Returns the bar as a script sees it when it is the next of its series; `corrected` when it took the place of one; else it is left out. */
  accept(bar: Bar): ScriptBar | 'corrected' | 'ignored';
  /** Adds a bar that `accept` returned, after the scripts have seen it. */
  push(series: string, bar: ScriptBar): void;
  columns(series: string): BarColumns;
  toJSON(): unknown;
}

/** Returns the key of a series: `INDEX:SPX|1m`. */
export function seriesKey(of: Readonly<{ instrument: string; interval: string }>): string {
  return `${of.instrument}|${of.interval}`;
}

const emptyColumns = (): Columns => ({ time: [], open: [], high: [], low: [], close: [], volume: [] });
const barOf = ({ startMs, endMs, open, high, low, close, volume }: Bar): ScriptBar => ({ time: startMs, endMs, open, high, low, close, volume });

/** Returns a history, empty or as `toJSON` gave it. */
export function createBarHistory(stored: Readonly<Record<string, Columns>> = {}): BarHistory {
  const series = new Map(Object.entries(stored));
  return {
    accept: (bar) => {
      const columns = series.get(seriesKey(bar));
      const newest = columns?.time.at(-1) ?? Number.NEGATIVE_INFINITY;
      const given = barOf(bar);
      if (given.time > newest) return given;
      const row = columns?.time.lastIndexOf(given.time) ?? -1;
      if (columns === undefined || row < 0) return 'ignored';
      for (const name of names) columns[name][row] = given[name];
      return 'corrected';
    },
    push: (key, bar) => {
      const columns = series.get(key) ?? emptyColumns();
      series.set(key, columns);
      for (const name of names) {
        columns[name].push(bar[name]);
        if (columns[name].length > HISTORY_BARS) columns[name].shift();
      }
    },
    columns: (key) => series.get(key) ?? emptyColumns(),
    toJSON: () => Object.fromEntries(series),
  };
}
