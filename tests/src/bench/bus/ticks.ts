import type { MarketRecord, Trade } from '@signal/contracts';

/** Instruments whose ticks share a partition. */
export const INSTRUMENTS_PER_PARTITION = 20;
const FIRST_TICK_MS = 1_546_266_600_000;

/** Returns the name of an instrument of a partition. */
export function instrumentOf(partition: number, index: number): string {
  return `BENCH:P${partition}-${index}`;
}

/** Returns the price of a partition's tick number `i`: some number that only the tick decides. */
export function priceOf(partition: number, i: number): number {
  return 100 + ((i * 7919 + partition * 104_729) % 10_000) / 100;
}

/** Returns the ticks of entry `n` of a partition; instruments take turns. */
export function ticksOf(partition: number, at: Readonly<{ n: number; ticks: number }>): readonly MarketRecord[] {
  return Array.from({ length: at.ticks }, (_, index): Trade => {
    const i = (at.n - 1) * at.ticks + index;
    const instrument = instrumentOf(partition, i % INSTRUMENTS_PER_PARTITION);
    return { kind: 'trade', instrument, tMs: FIRST_TICK_MS + i, price: priceOf(partition, i), size: 1 + (i % 7), source: 'live' };
  });
}
