import { describe, expect, it } from '@jest/globals';
import type { PartitionLag } from '../reading/reading-types.ts';
import { createArrivalRate } from './arrival-rate.ts';

const lag = (partition: number, n: number, lagEntries: number | null = 0): PartitionLag => ({
  service: 'indicator',
  partition,
  slot: partition,
  owner: 'a',
  epoch: 1,
  lagEntries,
  lagMs: lagEntries,
  n,
});

describe('the rate of arrival', () => {
  it('is what the ends of the topics moved by, worked off or not, over the last 15 s', () => {
    const rate = createArrivalRate();
    expect(rate.note(0, [lag(1, 100), lag(2, 50)])).toBeNull();
    expect(rate.note(5_000, [lag(1, 150, 50), lag(2, 50, 100)])).toBe(40);
    expect(rate.note(15_000, [lag(1, 200, 0), lag(2, 150, 0)])).toBeCloseTo(200 / 15);
    expect(rate.note(20_000, [lag(1, 200, 0), lag(2, 150, 0)])).toBe(0);
  });

  it('is unknown until it was watched for long enough', () => {
    const rate = createArrivalRate(30_000);
    expect([0, 10_000, 29_000, 30_000].map((nowMs) => rate.note(nowMs, [lag(1, nowMs / 100)]))).toEqual([null, null, null, 10]);
  });

  it('takes neither an unknown end nor one that went back for an arrival', () => {
    const rate = createArrivalRate();
    rate.note(0, [lag(1, 100), lag(2, 50, null), lag(3, 500)]);
    expect(rate.note(1_000, [lag(1, 110), lag(2, 900), lag(3, 10)])).toBe(10);
  });
});
