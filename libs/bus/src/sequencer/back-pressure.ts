import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { sequenceOf } from '../redis/stream-id.ts';
import { runScript } from '../scripts/run-script.ts';

/** How far the log may run ahead of the slowest registered reader by default. */
export const DEFAULT_MAX_LAG_ENTRIES = 5_000;

const ASK_EVERY_MS = 10;

/** Holds a partition's log back while a registered reader is too far behind. */
export interface BackPressure {
  /** Returns how many entries may be added after `n` now; asks Redis only when little is left. */
  roomAfter(n: number): Promise<number>;
  /** Returns which share of its room the log had used after `n`, 0 to 1, and by whom; nobody when nothing is behind. */
  utilisation(n: number): Readonly<{ share: number; reader: string | undefined }>;
}

type Slowest = Readonly<{ n: number; reader: string | undefined }>;

/** Returns the back-pressure of one partition, which starts by asking. Where positions cannot be read, what was allowed still is. */
export function createBackPressure(bus: Bus, partition: number, maxLagEntries: number): BackPressure {
  const { keys } = bus;
  const read = { keys: [keys.needed(partition), keys.readers(partition), keys.topic('market', partition)], args: [] };
  let slowest: Slowest = { n: -maxLagEntries, reader: undefined };
  let askedAtMs = Number.NEGATIVE_INFINITY;
  const ask = async (n: number): Promise<void> => {
    try {
      const [reader, id] = (await runScript(bus.redis, 'slowestReader', read)) as readonly string[];
      slowest = id === undefined || sequenceOf(id) >= n ? { n, reader: undefined } : { n: sequenceOf(id), reader };
    } catch (error) {
      // Nothing else of the partition is in doubt, so it is not opened anew.
      bus.log.debug({ partition, error: String(error) }, 'positions of readers could not be read');
    }
  };
  const roomNow = (n: number): number => Math.max(0, slowest.n + maxLagEntries - n);
  return {
    roomAfter: async (n) => {
      if (roomNow(n) < maxLagEntries / 2 && performance.now() - askedAtMs >= ASK_EVERY_MS) {
        await ask(n);
        askedAtMs = performance.now();
      }
      return roomNow(n);
    },
    utilisation: (n) => ({ share: 1 - Math.min(maxLagEntries, roomNow(n)) / maxLagEntries, reader: slowest.reader }),
  };
}
