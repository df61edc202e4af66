import { createBackoff } from '@signal/kernel';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import { type BlockingReader, openBlockingReader } from '../redis/blocking-reader.ts';
import { createAbandonedLook } from './abandoned-look.ts';
import type { JobSlots } from './job-slots.ts';
import type { JobStore, Taken, TakenJob } from './job-store.ts';
import { createLaneTurns } from './lane-turns.ts';

/** What a loop takes jobs with and for; `begin` has a reserved slot, which it releases when it is done. */
export type TakeLoopOptions = Readonly<{
  store: JobStore;
  slots: JobSlots;
  worker: string;
  visibilityMs: number;
  nowMs: () => number;
  begin(job: TakenJob): void;
}>;

/** Takes jobs of one shard while there is room for them. */
export interface TakeLoop {
  /** Takes no more; resolves when nothing is on its way. What was on its way was handed to `begin`. */
  stop(): Promise<void>;
}

/** Jobs of one take at most; a reply of these is well below what a connection may take. */
const MOST_AT_ONCE = 100;
/** A read for news lasts no longer than this anyway. */
const SHORTEST_READ_MS = 250;

/** A process short of memory, disk or time looks again after so long whether it may take jobs. */
const PRESSURE_PAUSE_MS = 100;

/** Starts a loop. It waits on the lanes' streams, so that a new job is taken at once. */
export function startTakeLoop(bus: Bus, options: TakeLoopOptions): TakeLoop {
  const reader = openBlockingReader(bus, `jobs:${options.store.shard.lanes[0] ?? ''}`);
  const takeOnce = createTake(options);
  const backoff = createBackoff({ baseMs: 20, maxMs: 1_000 });
  let stopped = false;
  const once = async (): Promise<void> => {
    if (bus.pressure.level() !== 'calm') {
      await wait(PRESSURE_PAUSE_MS);
      return;
    }
    const taken = await takeOnce();
    if (taken !== undefined && !stopped) await waitForNews(reader, taken);
  };
  const loop = async (): Promise<void> => {
    while (!stopped) {
      try {
        await once();
        backoff.reset();
      } catch (error) {
        if (stopped) return;
        bus.log.debug({ lane: options.store.shard.lanes[0], error: String(error) }, 'jobs could not be taken');
        await wait(backoff.nextMs());
      }
    }
  };
  const ended = loop();
  return {
    stop: async () => {
      stopped = true;
      reader.close();
      await ended;
    },
  };
}

/** Returns what takes as many jobs as there is room for and begins them; it answers undefined once the slots are closed. */
function createTake({ store, slots, worker, visibilityMs, nowMs, begin }: TakeLoopOptions): () => Promise<Taken | undefined> {
  const look = createAbandonedLook(visibilityMs, nowMs);
  const turnsOf = createLaneTurns();
  const take = async (room: number): Promise<Taken> => {
    const places = look.places();
    const taken = await store.take({ worker, turns: turnsOf(room), places });
    look.looked(places, taken.places);
    return taken;
  };
  return async () => {
    const reserved = await slots.reserve();
    const room = Math.min(reserved, MOST_AT_ONCE);
    slots.release(reserved - room);
    if (room === 0) return undefined;
    let begun = 0;
    try {
      const taken = await take(room);
      begun = taken.jobs.length;
      for (const job of taken.jobs) begin(job);
      return taken;
    } finally {
      slots.release(room - begun);
    }
  };
}

/** Waits until something comes into a lane, or a delayed job is due; at once when more was waiting than there was room for. */
async function waitForNews(reader: BlockingReader, { lastIds, nextDueInMs = SHORTEST_READ_MS }: Taken): Promise<void> {
  if (lastIds === undefined) return;
  const timer = nextDueInMs < SHORTEST_READ_MS ? setTimeout(() => reader.cutShort(), nextDueInMs) : undefined;
  try {
    await reader.read(lastIds, 1);
  } finally {
    clearTimeout(timer);
  }
}
