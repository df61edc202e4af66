import { slotOf } from '@signal/contracts';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import type { Lease } from '../ownership/lease.ts';
import { createOwnership, type Ownership } from '../ownership/ownership.ts';
import { createTicker, type Ticker } from '../ownership/ticker.ts';
import type { ReadyRun } from './fold-batch.ts';
import { snapshotWhenDue, trimWhenDue } from './housekeeping.ts';
import { createRun, dropState, type PartitionRun, restoreRun } from './partition-run.ts';
import type { CommitListener, Position, Processor, ProcessorOptions } from './processor-options.ts';
import { type SlotEvents, type SlotLoop, startSlotLoop } from './slot-loop.ts';
import { watchRun } from './watch-runs.ts';

const WATCH_EVERY_MS = 1_000;
const MAX_FAILURE_WAIT_MS = 2_000;
/** Failures in a row after which a partition makes its service unhealthy. */
const FAILURES_TO_SAY = 3;

/** Returns a processor of `market`: it owns partitions, reads them by cursor, folds, and commits each batch in one checked call. */
export function createProcessor(bus: Bus, options: ProcessorOptions): Processor {
  return new ProcessorOfMarket(bus, options);
}

class ProcessorOfMarket implements Processor {
  readonly name: string;
  readonly #bus: Bus;
  readonly #options: ProcessorOptions;
  readonly #ownership: Ownership;
  readonly #watcher: Ticker;
  readonly #runs = new Map<number, PartitionRun>();
  readonly #slots = new Map<number, SlotLoop>();
  readonly #restoring = new Map<PartitionRun, Promise<void>>();
  readonly #listeners: CommitListener[] = [];
  /** Failures of a run since its last commit. */
  readonly #failures = new Map<PartitionRun, number>();
  /** Where a run was when its stored position was found to be another. */
  readonly #movedAt = new WeakMap<PartitionRun, number | undefined>();
  readonly #events: SlotEvents = {
    committed: (run) => this.#committed(run),
    failed: (run, problem) => void this.#fail(run, problem),
    fenced: (run) => {
      dropState(run);
      this.#ownership.giveUp(run.lease, 'fenced');
    },
  };

  constructor(bus: Bus, options: ProcessorOptions) {
    this.name = options.service;
    this.#bus = bus;
    this.#options = options;
    this.#ownership = createOwnership(bus, {
      service: options.service,
      info: options.info,
      onAcquired: (lease) => this.#acquired(lease),
      onLost: (lease) => this.#lost(lease),
    });
    this.#watcher = createTicker({ everyMs: WATCH_EVERY_MS, run: () => this.#watch() });
  }

  async start(): Promise<void> {
    await this.#ownership.start();
    await this.#watcher.start();
  }

  async stop(): Promise<void> {
    await this.#watcher.stop();
    await this.#ownership.stop();
    await Promise.all([...this.#slots.values()].map((loop) => loop.close()));
    await Promise.all(this.#restoring.values());
  }

  unhealthy(): string | undefined {
    return this.#ownership.unhealthy() ?? [...this.#runs.values()].find(({ problem }) => problem !== undefined)?.problem;
  }

  positions(): ReadonlyMap<number, Position> {
    const positions = new Map<number, Position>();
    for (const { partition, state } of this.#runs.values()) {
      if (state !== undefined) positions.set(partition, { n: state.n, tMs: state.tMs });
    }
    return positions;
  }

  onCommitted(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  async #acquired(lease: Lease): Promise<void> {
    const run = createRun(lease, this.#options);
    const slot = slotOf(lease.partition);
    this.#runs.set(lease.partition, run);
    const loop = this.#slots.get(slot) ?? startSlotLoop(this.#bus, this.#options, { slot, events: this.#events });
    this.#slots.set(slot, loop);
    loop.add(run);
    this.#restore(run);
  }

  async #lost(lease: Lease): Promise<void> {
    const run = this.#runs.get(lease.partition);
    if (run?.lease.nonce !== lease.nonce) return;
    await this.#slots.get(slotOf(lease.partition))?.remove(run);
    await run.saving;
    dropState(run);
    this.#runs.delete(lease.partition);
    this.#failures.delete(run);
  }

  #committed(run: ReadyRun): void {
    this.#failures.delete(run);
    const position = { n: run.state.n, tMs: run.state.tMs };
    for (const listener of this.#listeners) listener(run.partition, position);
    snapshotWhenDue(this.#bus, this.#options, run);
    trimWhenDue(this.#bus, this.#options, run);
  }

  #restore(run: PartitionRun): void {
    if (this.#restoring.has(run)) return;
    const done = restoreRun(this.#bus, this.#options, run).finally(() => {
      this.#restoring.delete(run);
      // It failed again before it was known to be restored.
      if (!run.closed && run.state === undefined) this.#restore(run);
      this.#slots.get(slotOf(run.partition))?.wake();
    });
    this.#restoring.set(run, done);
  }

  async #fail(run: PartitionRun, problem: string): Promise<void> {
    const before = this.#failures.get(run) ?? 0;
    this.#failures.set(run, before + 1);
    this.#bus.log.warn({ service: this.name, partition: run.partition, problem }, 'a partition is restored');
    dropState(run);
    // Without a commit in between the same failure would come back at once.
    if (before > 0) await wait(Math.min(MAX_FAILURE_WAIT_MS, 10 * 2 ** Math.min(before, 8)));
    this.#restore(run);
    if (before >= FAILURES_TO_SAY) run.problem = problem;
  }

  async #watch(): Promise<undefined> {
    let lagEntries = 0;
    let lagMs = 0;
    for (const run of this.#runs.values()) {
      const found = await watchRun(this.#bus, this.name, run).catch(() => undefined);
      if (found === undefined) continue;
      lagEntries += found.lagEntries;
      lagMs = Math.max(lagMs, found.lagMs);
      if (found.problem !== undefined && found.problem !== run.problem)
        this.#bus.log.error({ service: this.name, problem: found.problem }, 'the log is behind its reader');
      if (!this.#failures.has(run)) run.problem = found.problem;
      this.#compareStored(run, found.positionMoved);
    }
    this.#bus.metrics?.streamLagEntries.set({ service: this.name, topic: 'market' }, lagEntries);
    this.#bus.metrics?.streamLagSeconds.set({ service: this.name, topic: 'market' }, lagMs / 1_000);
    return undefined;
  }

  /** Twice at one position before it counts, since a commit may be under way. */
  #compareStored(run: PartitionRun, moved: boolean): void {
    if (!moved) this.#movedAt.delete(run);
    else if (this.#movedAt.has(run) && this.#movedAt.get(run) === run.state?.n) void this.#fail(run, 'the stored position is not the one in memory');
    else this.#movedAt.set(run, run.state?.n);
  }
}
