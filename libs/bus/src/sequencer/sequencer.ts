import { slotOf } from '@signal/contracts';
import { createBackoff } from '@signal/kernel';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import type { Lease } from '../ownership/lease.ts';
import { createOwnership } from '../ownership/ownership.ts';
import type { Position } from '../processor/processor-options.ts';
import { createRetention, DEFAULT_RETENTION_MS } from '../processor/retention.ts';
import { snapshotWhenDue, trimWhenDue } from './log-housekeeping.ts';
import { openSequence } from './open-sequence.ts';
import { dropState, isWanted, type OpenRun, type SequenceRun } from './sequence-run.ts';
import type { Sequencer, SequencerOptions } from './sequencer-options.ts';
import { type SlotSequencer, startSlotSequencer } from './slot-sequencer.ts';

const createRun = (lease: Lease, options: SequencerOptions): SequenceRun => ({
  lease,
  partition: lease.partition,
  state: undefined,
  retention: createRetention(options.retentionMs ?? DEFAULT_RETENTION_MS),
  problem: undefined,
  closed: false,
  saving: undefined,
  inboxAlone: false,
  poisonId: undefined,
});

/** Returns the sequencer of `market`: the only writer of the log, one owner per partition. */
export function createSequencer(bus: Bus, options: SequencerOptions): Sequencer {
  const { service } = options;
  const runs = new Map<number, SequenceRun>();
  const slots = new Map<number, SlotSequencer>();
  const opening = new Map<SequenceRun, Promise<void>>();
  /** Last sequence that Redis acknowledged to this process: a stored position below it was rolled back. */
  const acknowledged = new Map<number, number>();
  let lastBusy = { atMs: performance.now(), busyMs: 0 };

  const openUntilDone = async (run: SequenceRun): Promise<void> => {
    const backoff = createBackoff({ baseMs: 20, maxMs: 2_000 });
    while (isWanted(run)) {
      try {
        const state = await openSequence(bus, options, { run, acknowledgedN: acknowledged.get(run.partition) ?? 0 });
        if (state === undefined) return;
        if (isWanted(run)) run.state = state;
        else state.sequenced.close?.();
        run.problem = undefined;
        return;
      } catch (error) {
        const problem = `partition ${run.partition} cannot be opened: ${String(error)}`;
        if (problem !== run.problem) bus.log.error({ service, partition: run.partition, error: String(error) }, 'a partition cannot be opened');
        run.problem = problem;
        await wait(backoff.nextMs());
      }
    }
  };

  const open = (run: SequenceRun): void => {
    if (opening.has(run)) return;
    const done = openUntilDone(run).finally(() => {
      opening.delete(run);
      slots.get(slotOf(run.partition))?.wake();
    });
    opening.set(run, done);
  };

  const failures = new Map<number, number>();
  const fail = async (run: SequenceRun, problem: string): Promise<void> => {
    const before = failures.get(run.partition) ?? 0;
    failures.set(run.partition, before + 1);
    bus.log.warn({ service, partition: run.partition, problem }, 'a partition is opened again');
    dropState(run);
    if (before > 2) run.problem = problem;
    // Without a commit in between the same failure would come back at once.
    await wait(Math.min(2_000, 10 * 2 ** Math.min(before, 8)));
    open(run);
  };

  const events = {
    committed: (run: OpenRun, records: number, letters: number) => {
      failures.delete(run.partition);
      acknowledged.set(run.partition, run.state.n);
      bus.metrics?.recordsTotal.inc({ service, outcome: 'accepted' }, records);
      if (letters > 0) bus.metrics?.deadLettersTotal.inc({ service }, letters);
      snapshotWhenDue(bus, options, run);
      trimWhenDue(bus, options, run);
    },
    failed: (run: SequenceRun, problem: string) => void fail(run, problem),
    fenced: (run: SequenceRun) => {
      dropState(run);
      ownership.giveUp(run.lease, 'fenced');
    },
  };

  const slotFor = (slot: number): SlotSequencer => {
    let found = slots.get(slot);
    if (found === undefined) {
      found = startSlotSequencer(bus, { service, slot, events });
      slots.set(slot, found);
    }
    return found;
  };

  const onAcquired = async (lease: Lease): Promise<void> => {
    const run = createRun(lease, options);
    runs.set(lease.partition, run);
    slotFor(slotOf(lease.partition)).add(run);
    open(run);
  };

  const onLost = async (lease: Lease): Promise<void> => {
    const run = runs.get(lease.partition);
    if (run?.lease.nonce !== lease.nonce) return;
    await slots.get(slotOf(lease.partition))?.remove(run);
    await run.saving;
    dropState(run);
    runs.delete(lease.partition);
  };

  const busy = (): number => {
    const atMs = performance.now();
    const busyMs = [...slots.values()].reduce((sum, slot) => sum + slot.busyMs(), 0);
    const share = (busyMs - lastBusy.busyMs) / Math.max(1, atMs - lastBusy.atMs);
    lastBusy = { atMs, busyMs };
    return Math.round(Math.min(1, Math.max(0, share)) * 100) / 100;
  };

  const ownership = createOwnership(bus, { service, info: options.info, onAcquired, onLost, busy });

  return {
    name: service,
    start: () => ownership.start(),
    stop: async () => {
      await ownership.stop();
      await Promise.all([...slots.values()].map((slot) => slot.close()));
      await Promise.all(opening.values());
    },
    unhealthy: () => ownership.unhealthy() ?? [...runs.values()].find(({ problem }) => problem !== undefined)?.problem,
    positions: () => {
      const positions = new Map<number, Position>();
      for (const { partition, state } of runs.values()) {
        if (state !== undefined) positions.set(partition, { n: state.n, tMs: state.tMs });
      }
      return positions;
    },
    wake: (partition) => slots.get(slotOf(partition))?.wake(),
  };
}
