import { murmur3 } from '@signal/contracts';

/** Ticks a second of each partition. */
export type PartitionRates = Readonly<{ perPartition: Float64Array; busiestInstrument: number }>;

/** A market: how many instruments share how many ticks, the busiest taking a part that falls with its rank to this exponent. */
export type Market = Readonly<{ instruments: number; ticksPerS: number; zipfExponent: number; partitions: number }>;

/** Returns what each partition carries when instruments are hashed as the fleet hashes them. */
export function partitionRates(market: Market): PartitionRates {
  const { instruments, ticksPerS, zipfExponent, partitions } = market;
  let sum = 0;
  for (let rank = 1; rank <= instruments; rank += 1) sum += rank ** -zipfExponent;
  const perPartition = new Float64Array(partitions);
  for (let rank = 1; rank <= instruments; rank += 1) {
    const at = murmur3(`SIM:${rank}`) % partitions;
    perPartition[at] = (perPartition[at] ?? 0) + (ticksPerS * rank ** -zipfExponent) / sum;
  }
  return { perPartition, busiestInstrument: ticksPerS / sum };
}
