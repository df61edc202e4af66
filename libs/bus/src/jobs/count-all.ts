import type { LaneCount, QueueCount } from './job.ts';
import type { JobStore } from './job-store.ts';

const sumOf = (a: LaneCount, b: LaneCount): LaneCount => ({
  waiting: a.waiting + b.waiting,
  running: a.running + b.running,
  oldestMs: Math.max(a.oldestMs, b.oldestMs),
});

/** Returns how much all shards of a queue hold. */
export async function countAll(stores: readonly JobStore[], forgetAfterMs?: number): Promise<QueueCount> {
  const counts = await Promise.all(stores.map((store) => store.count(forgetAfterMs)));
  return counts.reduce((a, b) => ({
    lanes: {
      high: sumOf(a.lanes.high, b.lanes.high),
      normal: sumOf(a.lanes.normal, b.lanes.normal),
      low: sumOf(a.lanes.low, b.lanes.low),
    },
    delayed: a.delayed + b.delayed,
    deadLetters: a.deadLetters + b.deadLetters,
  }));
}
