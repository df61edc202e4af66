import { SignalError } from '@signal/contracts';
import type { FeedPosition } from '../feed/partition-feed.ts';

/** Earlier bars of one instrument still to be written: bars of these intervals up to the cutoff, from an offset on. */
export type Backfill = Readonly<{ instrument: string; intervals: readonly string[]; cutoffMs: number; offset: number }>;

/** What stands in the control of every entry: with the fold's state it determines the next entry. */
export type ControlState = Readonly<{ feed: string; position: FeedPosition; backfills: readonly Backfill[] }>;

/** Backfills that may wait at once, so that the control stays below 4 KiB. */
export const MOST_BACKFILLS = 16;

/** Returns the text of a control state. */
export function encodeControl({ feed, position, backfills }: ControlState): string {
  const { atMs, row, ended } = position;
  const queue = backfills.map(({ instrument, intervals, cutoffMs, offset }) => [instrument, intervals.join(' '), cutoffMs, offset]);
  return JSON.stringify({ v: 1, feed, at: atMs, row, ended, queue });
}

/** Returns the control state of a text, or throws `entry_corrupt`. */
export function decodeControl(text: string): ControlState {
  try {
    const { feed, at, row, ended, queue } = JSON.parse(text) as {
      feed: string;
      at: number;
      row: number;
      ended: boolean;
      queue: [string, string, number, number][];
    };
    const backfills = queue.map(([instrument, intervals, cutoffMs, offset]) => ({ instrument, intervals: intervals.split(' '), cutoffMs, offset }));
    return { feed, position: { atMs: at, row, ended }, backfills };
  } catch (cause) {
    throw new SignalError('entry_corrupt', `control of a partition is ${JSON.stringify(text.slice(0, 80))}, and must be JSON of version 1`, {
      cause,
    });
  }
}
