import type { PartitionLag } from '../reading/reading-types.ts';

/** How far the log and the inbox of each partition had come at an instant. */
type Sample = Readonly<{ atMs: number; ends: ReadonlyMap<number, number> }>;

/** Measures how many entries arrive a second, from where the topics end. */
export interface ArrivalRate {
  /** Notes where the topics of a service end now, and returns the rate over the last seconds; null until there is one to tell. */
  note(nowMs: number, lags: readonly PartitionLag[]): number | null;
}

/** Long enough that a burst of a second is not taken for a load, short enough that a market's open is seen at once. */
const WINDOW_MS = 15_000;

/** Returns a measure that has seen nothing yet, and says nothing before it has watched for `afterMs`. A partition whose end is unknown, or went back, counts as one in which nothing arrived. */
export function createArrivalRate(afterMs = 0): ArrivalRate {
  let sinceMs: number | undefined;
  const samples: Sample[] = [];
  return {
    note: (nowMs, lags) => {
      const ends = new Map(lags.flatMap(({ partition, n, lagEntries }) => (lagEntries === null ? [] : [[partition, n + lagEntries] as const])));
      sinceMs ??= nowMs;
      samples.push({ atMs: nowMs, ends });
      while ((samples[1]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs - WINDOW_MS) samples.shift();
      const first = samples[0];
      if (first === undefined || first.atMs >= nowMs || nowMs - sinceMs < afterMs) return null;
      let arrived = 0;
      for (const [partition, end] of ends) arrived += Math.max(0, end - (first.ends.get(partition) ?? end));
      return (arrived * 1_000) / (nowMs - first.atMs);
    },
  };
}
