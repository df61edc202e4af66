import { slotOf } from '@signal/contracts';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import type { Lease } from '../ownership/lease.ts';
import { createOwnership } from '../ownership/ownership.ts';
import { createTicker } from '../ownership/ticker.ts';
import type { ReadyRun } from './fold-batch.ts';
import { snapshotWhenDue, trimWhenDue } from './housekeeping.ts';
import { createRun, dropState, type PartitionRun, restoreRun } from './partition-run.ts';
import type { CommitListener, Position, Processor, ProcessorOptions } from './processor-options.ts';
import { type SlotLoop, startSlotLoop } from './slot-loop.ts';
import { watchRun } from './watch-runs.ts';

const WATCH_EVERY_MS = 1_000;

/** Returns a processor of `market`: it owns partitions, reads them by cursor, folds, and commits each batch in one checked call. */
export function createProcessor(bus: Bus, options: ProcessorOptions): Processor {
  const { service } = options;
  const runs = new Map<number, PartitionRun>();
  const slots = new Map<number, SlotLoop>();
  const restoring = new Map<PartitionRun, Promise<void>>();
  const listeners: CommitListener[] = [];
  const failures = new Map<PartitionRun, number>();
  const movedAt = new WeakMap<PartitionRun, number | undefined>();
  let lastBusy = { atMs: performance.now(), busyMs: 0 };

  const restore = (run: PartitionRun): void => {
    if (restoring.has(run)) return;
    const done = restoreRun(bus, options, run).finally(() => {
      restoring.delete(run);
      slots.get(slotOf(run.partition))?.wake();
    });
    restoring.set(run, done);
  };

  const fail = async (run: PartitionRun, problem: string): Promise<void> => {
    const before = failures.get(run) ?? 0;
    failures.set(run, before + 1);
    bus.log.warn({ service, partition: run.partition, problem }, 'a partition is restored');
    dropState(run);
    // Without a commit in between the same failure would come back at once.
    if (before > 0) await wait(Math.min(2_000, 10 * 2 ** Math.min(before, 8)));
    restore(run);
    if (before > 2) run.problem = problem;
  };

  const events = {
    committed: (run: ReadyRun) => {
      failures.delete(run);
      const position = { n: run.state.n, tMs: run.state.tMs };
      for (const listener of listeners) listener(run.partition, position);
      snapshotWhenDue(bus, options, run);
      trimWhenDue(bus, options, run);
    },
    failed: (run: PartitionRun, problem: string) => void fail(run, problem),
    fenced: (run: PartitionRun) => {
      dropState(run);
      ownership.giveUp(run.lease, 'fenced');
    },
  };

  const loopOf = (slot: number): SlotLoop => {
    let loop = slots.get(slot);
    if (loop === undefined) {
      loop = startSlotLoop(bus, options, { slot, events });
      slots.set(slot, loop);
    }
    return loop;
  };

  const onAcquired = async (lease: Lease): Promise<void> => {
    const run = createRun(lease, options);
    runs.set(lease.partition, run);
    loopOf(slotOf(lease.partition)).add(run);
    restore(run);
  };

  const onLost = async (lease: Lease): Promise<void> => {
    const run = runs.get(lease.partition);
    if (run?.lease.nonce !== lease.nonce) return;
    await slots.get(slotOf(lease.partition))?.remove(run);
    await run.saving;
    dropState(run);
    runs.delete(lease.partition);
    failures.delete(run);
  };

  const busy = (): number => {
    const atMs = performance.now();
    const busyMs = [...slots.values()].reduce((sum, loop) => sum + loop.busyMs(), 0);
    const share = (busyMs - lastBusy.busyMs) / Math.max(1, atMs - lastBusy.atMs);
    lastBusy = { atMs, busyMs };
    return Math.round(Math.min(1, Math.max(0, share)) * 100) / 100;
  };

  const ownership = createOwnership(bus, { service, info: options.info, onAcquired, onLost, busy });

  const watch = async (): Promise<undefined> => {
    let lagEntries = 0;
    for (const run of runs.values()) {
      const found = await watchRun(bus, service, run).catch(() => undefined);
      if (found === undefined) continue;
      lagEntries += found.lagEntries;
      if (found.problem !== run.problem && found.problem !== undefined) bus.log.error({ service, problem: found.problem }, 'the log is behind its reader');
      run.problem = found.problem;
      // Twice at one position, since a commit may be under way.
      if (found.positionMoved && movedAt.get(run) === run.state?.n) void fail(run, 'the stored position is not the one in memory');
      else if (found.positionMoved) movedAt.set(run, run.state?.n);
      else movedAt.delete(run);
    }
    bus.metrics?.streamLagEntries.set({ service, topic: 'market' }, lagEntries);
    return undefined;
  };
  const watcher = createTicker({ everyMs: WATCH_EVERY_MS, run: watch });

  return {
    name: service,
    start: async () => {
      await ownership.start();
      await watcher.start();
    },
    stop: async () => {
      await watcher.stop();
      await ownership.stop();
      await Promise.all([...slots.values()].map((loop) => loop.close()));
      await Promise.all(restoring.values());
    },
    unhealthy: () => ownership.unhealthy() ?? [...runs.values()].find(({ problem }) => problem !== undefined)?.problem,
    positions: () => {
      const positions = new Map<number, Position>();
      for (const { partition, state } of runs.values()) {
        if (state !== undefined) positions.set(partition, { n: state.n, tMs: state.tMs });
      }
      return positions;
    },
    onCommitted: (listener) => void listeners.push(listener),
  };
}
