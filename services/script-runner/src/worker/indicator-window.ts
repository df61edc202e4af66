import { compileExpression, computeBatch, type Series } from '@signal/indicators';
import type { BarColumns, ScriptBar } from './messages.ts';

/** Bars that a script sees at most; its indicators are folded over them. */
export const WINDOW_BARS = 500;
const MAX_EXPRESSIONS = 100;

/** The bars of one script and the readings that it asks for. */
export interface IndicatorWindow {
  push(bar: ScriptBar): void;
  /** Returns JSON of the newest reading by output, or `E:` and why there is none. Never throws. */
  read(expression: string): string;
}

const columnNames = ['open', 'high', 'low', 'close', 'volume'] as const;

/** Returns a window that begins with these bars. */
export function createIndicatorWindow(history: BarColumns): IndicatorWindow {
  const columns = Object.fromEntries(columnNames.map((name) => [name, [...history[name]]])) as Record<(typeof columnNames)[number], number[]>;
  const compiled = new Map<string, Series>();
  const seriesOf = (expression: string): Series => {
    const known = compiled.get(expression);
    if (known !== undefined) return known;
    const series = compileExpression(expression);
    if (compiled.size >= MAX_EXPRESSIONS) compiled.clear();
    compiled.set(expression, series);
    return series;
  };
  return {
    push: (bar) => {
      for (const name of columnNames) {
        columns[name].push(bar[name]);
        if (columns[name].length > WINDOW_BARS) columns[name].shift();
      }
    },
    read: (expression) => {
      try {
        const [open, high, low, close, volume] = columnNames.map((name) => Float64Array.from(columns[name]));
        const empty = new Float64Array(0);
        const readings = computeBatch(seriesOf(expression.slice(0, 200)), {
          ...{ open: open ?? empty, high: high ?? empty, low: low ?? empty, close: close ?? empty, volume: volume ?? empty },
        });
        const newest = Object.entries(readings).map(([name, values]) => [name, values.at(-1)] as const);
        // JSON has no NaN: it becomes null, which the script reads as NaN again.
        return JSON.stringify(Object.fromEntries(newest));
      } catch (error) {
        return `E:${error instanceof Error ? error.message.slice(0, 200) : 'no such indicator'}`;
      }
    },
  };
}
