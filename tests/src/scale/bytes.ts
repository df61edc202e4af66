import type { Costs } from './costs.ts';

/** Bytes a second on the wire: into Redis, out of it, and from masters to replicas. */
export type Bandwidth = Readonly<{ inBytesPerS: number; outBytesPerS: number; replicationBytesPerS: number }>;

/** Returns what so many ticks and entries a second move. Every reader of `market` is sent all of it; a replica is sent all writes. */
export function bandwidthOf(costs: Costs, at: Readonly<{ ticksPerS: number; entriesPerS: number; replicas: number }>): Bandwidth {
  const sizeOf = ({ perEntry, perTick }: Readonly<{ perEntry: number; perTick: number }>): number =>
    perEntry * at.entriesPerS + perTick * at.ticksPerS;
  const inBytesPerS = costs.services.reduce((sum, { writes }) => sum + sizeOf(writes), 0);
  const outBytesPerS = sizeOf(costs.marketBytes) * (costs.services.length - 1);
  return { inBytesPerS, outBytesPerS, replicationBytesPerS: inBytesPerS * at.replicas };
}
