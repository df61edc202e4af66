import type { PartitionLoad } from '../ownership/partition-work.ts';

/** What a partition cost its owner, on average over the last minute. */
export type MeanLoad = Pick<PartitionLoad, 'partition' | 'member' | 'busy' | 'entriesPerS'>;

/** Averages loads, so that a few heavy entries are not taken for a slow member. */
export interface LoadWindow {
  /** Notes the loads of now, and returns the means over the last minute, by partition. */
  note(nowMs: number, loads: readonly PartitionLoad[]): ReadonlyMap<number, MeanLoad>;
}

const WINDOW_MS = 60_000;

/** Returns a window that has seen nothing yet. What another owner measured of a partition does not count for the one it has now. */
export function createLoadWindow(): LoadWindow {
  const samples: Readonly<{ atMs: number; loads: ReadonlyMap<number, PartitionLoad> }>[] = [];
  return {
    note: (nowMs, loads) => {
      samples.push({ atMs: nowMs, loads: new Map(loads.map((load) => [load.partition, load])) });
      while ((samples[0]?.atMs ?? nowMs) <= nowMs - WINDOW_MS) samples.shift();
      const meanOf = ({ partition, member }: PartitionLoad): MeanLoad => {
        const own = samples.flatMap((sample) => sample.loads.get(partition) ?? []).filter((load) => load.member === member);
        const mean = (value: (load: PartitionLoad) => number): number => own.reduce((sum, load) => sum + value(load), 0) / own.length;
        return { partition, member, busy: mean(({ busy }) => busy), entriesPerS: mean(({ entriesPerS }) => entriesPerS) };
      };
      return new Map(loads.map((load) => [load.partition, meanOf(load)]));
    },
  };
}
