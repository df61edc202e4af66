import type { Bus } from '../bus.ts';
import { createTicker, type Ticker } from '../ownership/ticker.ts';
import { createOwnedRuns, type OwnedRuns } from '../runs/owned-runs.ts';
import { positionsOf } from '../runs/positions-of.ts';
import { trimTopics } from '../retention/trim-topics.ts';
import { createTrimmer } from '../runs/trimmer.ts';
import { createRun, type PartitionRun, restoreState, type RunState } from './partition-run.ts';
import type { CommitListener, Position, Processor, ProcessorOptions } from './processor-options.ts';
import { startSlotLoop } from './slot-loop.ts';
import { watchRun } from './watch-runs.ts';

const WATCH_EVERY_MS = 1_000;
/** Readers without whose registered need public topics are not trimmed. */
const DEFAULT_REQUIRED_READERS: readonly string[] = ['archive'];

/** Returns a processor of `market`: it owns partitions, reads them by cursor, folds, and commits each batch in one checked call. */
export function createProcessor(bus: Bus, options: ProcessorOptions): Processor {
  return new ProcessorOfMarket(bus, options);
}

/** Returns the owned partitions of a processor. The own public topics are trimmed to the retention. */
const ownedRuns = (bus: Bus, options: ProcessorOptions, listeners: readonly CommitListener[]): OwnedRuns<PartitionRun> => {
  const { service, outputs, requiredReaders: required = DEFAULT_REQUIRED_READERS } = options;
  const trimWhenDue = createTrimmer<PartitionRun>(bus, service, ({ partition, retention }) => [
    trimTopics(bus, { service, partition, topics: outputs, keepFrom: retention.keepFrom(), required }),
  ]);
  return createOwnedRuns<RunState, PartitionRun>(bus, {
    info: options.info,
    createRun: (lease) => createRun(lease, options),
    restore: (run) => restoreState(bus, options, run),
    close: ({ fold }) => fold.close?.(),
    startLoop: (at) => startSlotLoop(bus, options, at),
    snapshots: { stored: options, bytesOf: ({ fold }) => fold.snapshot(), isSettled: () => true },
    committed: (run) => {
      const position = { n: run.state.n, tMs: run.state.tMs };
      for (const listener of listeners) listener(run.partition, position);
      trimWhenDue(run);
    },
  });
};

class ProcessorOfMarket implements Processor {
  readonly name: string;
  readonly #bus: Bus;
  readonly #runs: OwnedRuns<PartitionRun>;
  readonly #watcher: Ticker;
  readonly #listeners: CommitListener[] = [];
  /** Where a run was when its stored position was found to be another. */
  readonly #movedAt = new WeakMap<PartitionRun, number | undefined>();

  constructor(bus: Bus, options: ProcessorOptions) {
    this.name = options.service;
    this.#bus = bus;
    this.#runs = ownedRuns(bus, options, this.#listeners);
    this.#watcher = createTicker({ everyMs: WATCH_EVERY_MS, run: () => this.#watch() });
  }

  async start(): Promise<void> {
    await this.#runs.start();
    await this.#watcher.start();
  }

  async stop(): Promise<void> {
    await this.#watcher.stop();
    await this.#runs.stop();
  }

  unhealthy(): string | undefined {
    return this.#runs.unhealthy();
  }

  positions(): ReadonlyMap<number, Position> {
    return positionsOf(this.#runs.all());
  }

  onCommitted(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  async #watch(): Promise<undefined> {
    let lagEntries = 0;
    let lagMs = 0;
    for (const run of this.#runs.all()) {
      const found = await watchRun(this.#bus, this.name, run).catch(() => undefined);
      if (found === undefined) continue;
      lagEntries += found.lagEntries;
      lagMs = Math.max(lagMs, found.lagMs);
      if (found.problem !== undefined && found.problem !== run.problem)
        this.#bus.log.error({ service: this.name, problem: found.problem }, 'the log is behind its reader');
      if (!this.#runs.isFailing(run)) run.problem = found.problem;
      this.#compareStored(run, found.positionMoved);
    }
    this.#bus.metrics?.streamLagEntries.set({ service: this.name, topic: 'market' }, lagEntries);
    this.#bus.metrics?.streamLagSeconds.set({ service: this.name, topic: 'market' }, lagMs / 1_000);
    return undefined;
  }

  /** Twice at one position before it counts, since a commit may be under way. */
  #compareStored(run: PartitionRun, moved: boolean): void {
    if (!moved) this.#movedAt.delete(run);
    else if (this.#movedAt.has(run) && this.#movedAt.get(run) === run.state?.n) this.#runs.fail(run, 'the stored position is not the one in memory');
    else this.#movedAt.set(run, run.state?.n);
  }
}
