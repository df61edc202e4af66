import { createBackoff } from '@signal/kernel';
import { performance } from 'node:perf_hooks';
import type { Redis } from 'ioredis';
import { setImmediate as yieldToOthers, setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import { type RawEntry, readStreams } from '../redis/stream-replies.ts';
import { commitBatches, type RunBatch } from './commit-batches.ts';
import { foldBatch, type ReadyRun } from './fold-batch.ts';
import { isWanted, type PartitionRun, type RunState } from './partition-run.ts';
import { follows, idOf } from './read-log.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { createWake } from './wake.ts';

/** What a slot's loop tells the processor. */
export type SlotEvents = Readonly<{
  committed(run: ReadyRun): void;
  /** The run's state is worth nothing any more. */
  failed(run: PartitionRun, problem: string): void;
  fenced(run: PartitionRun): void;
}>;

/** Reads, folds and commits the partitions of one slot, over one blocking connection. */
export interface SlotLoop {
  add(run: PartitionRun): void;
  /** A run of this slot became ready. */
  wake(): void;
  /** Takes a partition out and resolves when the work in hand no longer touches it. */
  remove(run: PartitionRun): Promise<void>;
  close(): Promise<void>;
  /** Milliseconds spent folding and committing since the start. */
  busyMs(): number;
}

/** How long a read waits, and with it a new partition of the slot. */
const BLOCK_MS = 50;
const READ_ENTRIES = 200;

const IDLE_MS = 250;

/** Entries that follow a state; once the run has another state they belong to nobody. */
type Queue = Readonly<{ run: ReadyRun; state: RunState; entries: RawEntry[] }>;

/** Returns the loop of a slot, already running. */
export function startSlotLoop(bus: Bus, options: ProcessorOptions, at: Readonly<{ slot: number; events: SlotEvents }>): SlotLoop {
  const { events, slot } = at;
  const runs = new Set<PartitionRun>();
  const connection: Redis = bus.connect(`${options.service}:slot-${slot}`);
  const backoff = createBackoff({ baseMs: 10, maxMs: 500 });
  const wake = createWake();
  let working: Promise<void> = Promise.resolve();
  let closed = false;
  let busyMs = 0;

  const isReady = (run: PartitionRun): run is ReadyRun => run.state !== undefined && isWanted(run);

  const queueOf = (run: ReadyRun, entries: readonly RawEntry[]): Queue | undefined => {
    const [first] = entries;
    if (first === undefined) return undefined;
    if (follows(first, idOf(run.state.n))) return { run, state: run.state, entries: [...entries] };
    events.failed(run, `market goes on after ${idOf(run.state.n)} with ${first.id}, and something between is missing`);
    return undefined;
  };

  const foldNext = async ({ run, state, entries }: Queue): Promise<RunBatch | undefined> => {
    if (entries.length === 0 || !isReady(run) || run.state !== state) return undefined;
    try {
      return { run, state, folded: await foldBatch(bus, options, { run, queue: entries }) };
    } catch (error) {
      events.failed(run, `folding after ${idOf(state.n)} failed: ${String(error)}`);
      return undefined;
    }
  };

  const commit = async (batches: readonly RunBatch[]): Promise<void> => {
    const results = await commitBatches(bus, options.service, batches);
    batches.forEach(({ run, state }, index) => {
      const failure = results[index];
      if (run.state !== state) return;
      if (failure === undefined) events.committed(run as ReadyRun);
      else if (failure.code === 'fenced') events.fenced(run);
      else events.failed(run, `${failure.code}: ${failure.detail}`);
    });
  };

  const work = async (queues: readonly Queue[]): Promise<void> => {
    for (;;) {
      const startedMs = performance.now();
      const batches: RunBatch[] = [];
      for (const queue of queues) {
        const batch = await foldNext(queue);
        if (batch !== undefined) batches.push(batch);
      }
      if (batches.length === 0) return;
      try {
        await commit(batches);
      } catch (error) {
        // The folds have moved on and nobody knows what was written: only what is stored counts.
        for (const { run } of batches) events.failed(run, `committing failed: ${String(error)}`);
      }
      busyMs += performance.now() - startedMs;
      // Renewals and the other slots get their turn.
      await yieldToOthers();
    }
  };

  const cycle = async (): Promise<void> => {
    const ready = [...runs].filter(isReady);
    if (ready.length === 0) {
      await wake.sleep(IDLE_MS);
      return;
    }
    const keys = new Map(ready.map((run) => [bus.keys.topic('market', run.partition), run]));
    const cursors = new Map([...keys].map(([key, run]) => [key, idOf(run.state.n)]));
    const reply = await readStreams(connection, { cursors, count: READ_ENTRIES, blockMs: BLOCK_MS });
    const queues = [...reply].flatMap(([key, entries]) => {
      const run = keys.get(key);
      // Since the read began the run may have been lost, or restored to another position.
      if (run === undefined || !runs.has(run) || !isReady(run) || cursors.get(key) !== idOf(run.state.n)) return [];
      return queueOf(run, entries) ?? [];
    });
    working = work(queues);
    await working;
    backoff.reset();
  };

  const loop = async (): Promise<void> => {
    while (!closed) {
      try {
        await cycle();
      } catch (error) {
        if (closed) return;
        bus.log.debug({ service: options.service, slot, error: String(error) }, 'a slot could not be read');
        await wait(backoff.nextMs());
      }
    }
  };
  const ended = loop();

  return {
    add: (run) => void runs.add(run),
    wake: wake.now,
    remove: async (run) => {
      run.closed = true;
      runs.delete(run);
      await working.catch(() => undefined);
    },
    close: async () => {
      closed = true;
      wake.now();
      await working.catch(() => undefined);
      connection.disconnect();
      await ended;
    },
    busyMs: () => busyMs,
  };
}
