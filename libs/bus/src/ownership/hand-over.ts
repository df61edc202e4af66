import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import type { Announcement } from './announcements.ts';
import { endsWithin } from './ends-within.ts';
import type { LeaseTable } from './lease-table.ts';
import type { Lease, LostReason } from './lease.ts';

/** What a hand-over works with. */
export type HandOverOptions = Readonly<{
  service: string;
  table: LeaseTable;
  beforeRelease?(lease: Lease): Promise<void>;
  onLost(lease: Lease, reason: LostReason): Promise<void>;
  say(announcement: Announcement): Promise<void>;
  ended(lease: Lease, reason: LostReason): void;
}>;

/** What is to be handed over: why, and to whom as far as that is known. */
export type Parting = Readonly<{ lease: Lease; reason: LostReason; to: string }>;

/** Ends the work on partitions and gives their leases back. */
export interface HandOver {
  /** True from the moment a partition is to be handed over until it is. */
  isEnding(partition: number): boolean;
  /** Resolves when all of them are given back. One already on its way is not begun again. */
  end(partings: readonly Parting[]): Promise<void>;
}

/**
 * So many at a time: a partition stands still from its last commit here to the first there, and its next owner, which has one thread,
 * restores one after another. Two keep it busy; more would only wait for each other.
 */
const AT_ONCE = 2;
/** A fresh snapshot is a courtesy to the next owner. It has this long, and all of one hand-over together no longer than the second figure. */
const SNAPSHOT_WITHIN_MS = 1_000;
const SNAPSHOTS_WITHIN_MS = 3_000;

const isPlanned = (reason: LostReason): boolean => reason !== 'fenced' && reason !== 'failed';

/** Returns the hand-over of one service's partitions: one by one, state first, then the work, then the lease, then the news of it. */
export function createHandOver(bus: Bus, options: HandOverOptions): HandOver {
  const { service, table } = options;
  const ending = new Set<number>();

  const storeState = async (lease: Lease, untilMs: number): Promise<void> => {
    const timeoutMs = Math.min(SNAPSHOT_WITHIN_MS, untilMs - performance.now());
    if (options.beforeRelease === undefined || timeoutMs <= 0) return;
    try {
      await endsWithin(options.beforeRelease(lease), timeoutMs);
    } catch (error) {
      bus.log.warn({ service, partition: lease.partition, error: String(error) }, 'the next owner gets no fresh snapshot');
    }
  };

  const finish = async (lease: Lease, reason: LostReason): Promise<void> => {
    try {
      await options.onLost(lease, reason);
    } catch (error) {
      bus.log.error({ service, partition: lease.partition, error: String(error) }, 'work on a lost partition did not end cleanly');
    }
    table.forget(lease);
    options.ended(lease, reason);
  };

  const endOne = async ({ lease, reason, to }: Parting, snapshotsUntilMs: number): Promise<void> => {
    try {
      if (isPlanned(reason)) await storeState(lease, snapshotsUntilMs);
      await finish(lease, reason);
      if (reason === 'fenced') return;
      await table.release([lease]);
      await options.say({ kind: 'released', partition: lease.partition, to });
    } catch (error) {
      bus.log.warn({ service, partition: lease.partition, error: String(error) }, 'a partition could not be released; others wait for the ttl');
    } finally {
      ending.delete(lease.partition);
    }
  };

  return {
    isEnding: (partition) => ending.has(partition),
    end: async (partings) => {
      const mine = partings.filter(({ lease }) => !ending.has(lease.partition));
      for (const { lease } of mine) ending.add(lease.partition);
      const snapshotsUntilMs = performance.now() + SNAPSHOTS_WITHIN_MS;
      const waiting = mine.values();
      const worker = async (): Promise<void> => {
        for (const parting of waiting) await endOne(parting, snapshotsUntilMs);
      };
      // What is lost already waits for nobody.
      const width = mine.every(({ reason }) => isPlanned(reason)) ? AT_ONCE : mine.length;
      await Promise.all(Array.from({ length: Math.min(width, mine.length) }, worker));
    },
  };
}
