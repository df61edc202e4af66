import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { sequenceOf } from '../redis/stream-id.ts';
import { groupsOf } from '../redis/stream-replies.ts';

/** How far the log may run ahead of the slowest consumer group by default. */
export const DEFAULT_MAX_LAG_ENTRIES = 5_000;

const ASK_EVERY_MS = 10;

/** Holds a partition's log back while a group is too far behind. */
export interface BackPressure {
  /** Returns how many entries may be added after `n` now; asks Redis only when little is left. */
  roomAfter(n: number): Promise<number>;
}

/** Returns the back-pressure of one partition, which starts by asking. */
export function createBackPressure(bus: Bus, partition: number, maxLagEntries: number): BackPressure {
  const key = bus.keys.topic('market', partition);
  let allowedN = 0;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  const ask = async (n: number): Promise<void> => {
    try {
      const slowest = Math.min(n, ...[...(await groupsOf(bus.redis, key)).values()].map(sequenceOf));
      allowedN = slowest + maxLagEntries;
    } catch (error) {
      // What was allowed still is; nothing else of the partition is in doubt, so it is not opened anew.
      bus.log.debug({ partition, error: String(error) }, 'positions of readers could not be read');
    }
  };
  return {
    roomAfter: async (n) => {
      if (allowedN - n < maxLagEntries / 2 && performance.now() - askedAtMs >= ASK_EVERY_MS) {
        await ask(n);
        askedAtMs = performance.now();
      }
      return Math.max(0, allowedN - n);
    },
  };
}
