import type { PartitionWork } from '../ownership/partition-work.ts';

/** What one partition costs: share of one core, 0 to 1, and entries a second, both smoothed. */
export type Measured = Readonly<{ busy: number; entriesPerS: number }>;

/** Time after which a change of load shows by two thirds: longer than a burst, shorter than the pause between two balancing moves. */
const SMOOTHED_OVER_MS = 5_000;

const blend = (before: number, now: number, part: number): number => before + (now - before) * part;

/**
 * Returns the smoothed load after one more measurement of `overMs`. A partition without a past counts as it is; one that came from
 * another owner goes on from what that owner had measured, so that catching up after a move does not look like load.
 */
export function smoothLoad(before: Measured | undefined, work: PartitionWork | undefined, overMs: number): Measured {
  const busy = Math.min(1, (work?.busyMs ?? 0) / overMs);
  const entriesPerS = ((work?.entries ?? 0) * 1_000) / overMs;
  if (before === undefined) return { busy, entriesPerS };
  const part = 1 - Math.exp(-overMs / SMOOTHED_OVER_MS);
  return { busy: blend(before.busy, busy, part), entriesPerS: blend(before.entriesPerS, entriesPerS, part) };
}
