import { performance } from 'node:perf_hooks';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import { settleCommits } from '../commit/settle-commits.ts';
import { createWake } from '../processor/wake.ts';
import { startInboxReader } from './inbox-reader.ts';
import { askNextSteps } from './next-steps.ts';
import { advance, commitOf, type SequenceBatch, takeBatch } from './sequence-batch.ts';
import { isWanted, type OpenRun, type SequenceRun } from './sequence-run.ts';

/** What a slot's loop tells the sequencer. */
export type SequenceEvents = Readonly<{
  committed(run: OpenRun, records: number, letters: number): void;
  failed(run: SequenceRun, problem: string): void;
  fenced(run: SequenceRun): void;
}>;

/** Asks, commits and again: the partitions of one slot. */
export interface SlotSequencer {
  add(run: SequenceRun): void;
  wake(): void;
  remove(run: SequenceRun): Promise<void>;
  close(): Promise<void>;
  busyMs(): number;
}

const IDLE_MS = 100;
const HELD_BACK_MS = 10;

/** Returns the sequencer of a slot, already running. */
export function startSlotSequencer(bus: Bus, at: Readonly<{ service: string; slot: number; events: SequenceEvents }>): SlotSequencer {
  const { events } = at;
  const runs = new Set<SequenceRun>();
  const wake = createWake();
  const inbox = startInboxReader(bus, { name: `${at.service}:inbox-${at.slot}`, runs, arrived: wake.now });
  let working: Promise<boolean> = Promise.resolve(false);
  let closed = false;
  let busyMs = 0;

  const isOpen = (run: SequenceRun): run is OpenRun => run.state !== undefined && isWanted(run);

  const nextOf = async (run: OpenRun): Promise<SequenceBatch | undefined> => {
    const { state } = run;
    try {
      if (state.steps.length === 0) await askNextSteps(run);
      // Asking may have waited for Redis, and the run may have been lost meanwhile.
      return run.state === state && state.steps.length > 0 ? takeBatch(bus, run) : undefined;
    } catch (error) {
      events.failed(run, `sequencing after ${state.n} failed: ${String(error)}`);
      return undefined;
    }
  };

  const committed = (one: SequenceBatch): void => {
    advance(one);
    try {
      one.state.sequenced.committed(one.n);
      events.committed(one.run as OpenRun, one.records, one.batch.letters().length);
    } catch (error) {
      events.failed(one.run, `what follows a commit failed: ${String(error)}`);
    }
  };

  const settle = async (batches: readonly SequenceBatch[]): Promise<void> => {
    const results = await settleCommits(bus, batches.map(commitOf));
    batches.forEach((one, index) => {
      const failure = results[index];
      if (one.run.state !== one.state) return;
      if (failure === undefined) committed(one);
      else if (failure.code === 'fenced') events.fenced(one.run);
      else events.failed(one.run, `${failure.code}: ${failure.detail}`);
    });
  };

  /** Returns whether anything was committed. */
  const work = async (): Promise<boolean> => {
    const startedMs = performance.now();
    const batches: SequenceBatch[] = [];
    for (const run of [...runs].filter(isOpen)) {
      const batch = await nextOf(run);
      if (batch !== undefined) batches.push(batch);
    }
    if (batches.length === 0) return false;
    try {
      await settle(batches);
    } catch (error) {
      for (const { run } of batches) events.failed(run, `committing failed: ${String(error)}`);
    }
    busyMs += performance.now() - startedMs;
    return true;
  };

  const sleepMs = (): number => {
    const waits = [...runs].filter(isOpen).map(({ state }) => state.sequenced.nextDueInMs() ?? IDLE_MS);
    // Due now and yet nothing came: readers are behind.
    return Math.min(IDLE_MS, Math.max(1, ...(waits.some((ms) => ms <= 0) ? [HELD_BACK_MS] : [Math.min(IDLE_MS, ...waits)])));
  };

  const loop = async (): Promise<void> => {
    while (!closed) {
      working = work();
      if (await working) await yieldToOthers();
      else await wake.sleep(sleepMs());
    }
  };
  const ended = loop();

  return {
    add: (run) => void runs.add(run),
    wake: () => {
      wake.now();
      inbox.wake();
    },
    remove: async (run) => {
      run.closed = true;
      runs.delete(run);
      await working;
    },
    close: async () => {
      closed = true;
      wake.now();
      await ended;
      await inbox.close();
    },
    busyMs: () => busyMs,
  };
}
