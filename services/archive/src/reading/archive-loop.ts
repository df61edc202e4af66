import { slotOf } from '@signal/contracts';
import { setTimeout as wait } from 'node:timers/promises';
import type { HeldPartition } from '../partitions/held-partition.ts';
import { type RoundDeps, slotRound } from './slot-round.ts';

/** The archive's work: looks at every owned partition again and again, in batches by time and size. */
export interface ArchiveLoop {
  start(): void;
  /** Stores what has been written until now, as far as `withinMs` allows, and ends. */
  stop(withinMs: number): Promise<void>;
}

/** `held` is what ownership keeps up to date; `flushMs` is the wait after a round that left nothing over. */
export type LoopOptions = RoundDeps & Readonly<{ held: ReadonlyMap<number, HeldPartition>; flushMs: number; afterRound?(): Promise<void> }>;

/** Slots that are stored side by side: enough to hide the round trips, few enough to leave the pool to others. */
const PARALLEL_SLOTS = 4;

const bySlot = (held: Iterable<HeldPartition>): readonly (readonly HeldPartition[])[] => [
  ...Map.groupBy(held, ({ lease }) => slotOf(lease.partition)).values(),
];

/** Returns a loop over the partitions that are held. */
export function createArchiveLoop(options: LoopOptions): ArchiveLoop {
  const stopping = new AbortController();
  const unreadable = new Set<number>();
  let running: Promise<void> = Promise.resolve();

  const slot = async (partitions: readonly HeldPartition[]): Promise<boolean> => {
    const { promise: work, resolve } = Promise.withResolvers<void>();
    const number = slotOf(partitions[0]?.lease.partition ?? 0);
    for (const one of partitions) one.work = work;
    try {
      const hasMore = await slotRound(options, partitions);
      unreadable.delete(number);
      return hasMore;
    } catch (error) {
      // Said once an outage: a round comes every few hundred milliseconds.
      if (!unreadable.has(number)) options.log.warn({ err: error, slot: number }, 'a slot could not be read; it is tried again');
      unreadable.add(number);
      return false;
    } finally {
      resolve();
    }
  };

  const round = async (): Promise<boolean> => {
    const slots = bySlot(options.held.values());
    let next = 0;
    let hasMore = false;
    const worker = async (): Promise<void> => {
      for (let at = next++; at < slots.length; at = next++) hasMore = (await slot(slots[at] ?? [])) || hasMore;
    };
    await Promise.all(Array.from({ length: PARALLEL_SLOTS }, worker));
    await options.afterRound?.().catch((error: unknown) => options.log.debug({ err: error }, 'the lag could not be shown'));
    return hasMore;
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (await round()) continue;
      await wait(options.flushMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  return {
    start: () => {
      running = run();
    },
    stop: async (withinMs) => {
      stopping.abort();
      await running;
      const givesUpAtMs = performance.now() + withinMs;
      while ((await round()) && performance.now() < givesUpAtMs);
    },
  };
}
