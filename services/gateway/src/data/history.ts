import type { BarBody, SignalBody } from '@signal/contracts';
import type { Requested } from './requested.ts';

/** A stored closed bar: its open in epoch milliseconds, and its body. */
export type StoredBar = Readonly<{ tsMs: number; bar: BarBody }>;

/** Rows `[fromMs, toMs)`. `last` takes the newest `limit` of them; the answer is ascending either way. */
export type Range = Readonly<{ instrument: string; interval: string; fromMs?: number; toMs?: number; limit: number; last?: boolean }>;

/** A row of closed readings by canonical expression and output; NaN and warm-up are null. */
export type ReadingRow = Readonly<{
  tsMs: number;
  session: string | undefined;
  values: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}>;

/** What the archive has stored. */
export interface History {
  bars(range: Range): Promise<readonly StoredBar[]>;
  /** Readings folded from the first stored bar of the series, of the rows in the range. */
  readings(range: Range, expressions: readonly Requested[]): Promise<readonly ReadingRow[]>;
  signals(range: Omit<Range, 'interval'> & Readonly<{ script?: string }>): Promise<readonly SignalBody[]>;
}
