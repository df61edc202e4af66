import type { Bus } from '../bus.ts';
import { createTurns } from '../poison/turns.ts';
import { createOwnedRuns, type OwnedRuns } from '../runs/owned-runs.ts';
import { positionsOf } from '../runs/positions-of.ts';
import { trimTopics } from '../retention/trim-topics.ts';
import { createTrimmer } from '../runs/trimmer.ts';
import { createRun, type PartitionRun, restoreState, type RunState } from './partition-run.ts';
import type { CommitListener, Processor, ProcessorOptions } from './processor-options.ts';
import { startSlotLoop } from './slot-loop.ts';
import { createRunWatcher } from './watch-runs.ts';

/** Readers without whose registered need public topics are not trimmed. */
const DEFAULT_REQUIRED_READERS: readonly string[] = ['archive'];

/** Returns a processor of `market`: it owns partitions, reads them by cursor, folds, and commits each batch in one checked call. */
export function createProcessor(bus: Bus, options: ProcessorOptions): Processor {
  const listeners: CommitListener[] = [];
  const runs = ownedRuns(bus, options, listeners);
  return {
    name: options.service,
    start: () => runs.start(),
    stop: () => runs.stop(),
    unhealthy: () => runs.unhealthy(),
    positions: () => positionsOf(runs.owned()),
    onCommitted: (listener) => void listeners.push(listener),
  };
}

const ownedRuns = (bus: Bus, options: ProcessorOptions, listeners: readonly CommitListener[]): OwnedRuns<PartitionRun> => {
  const { service, outputs, requiredReaders: required = DEFAULT_REQUIRED_READERS } = options;
  // The own public topics are kept for the retention.
  const trimWhenDue = createTrimmer<PartitionRun>(bus, service, ({ partition, retention }) => [
    trimTopics(bus, { service, partition, topics: outputs, keepFrom: retention.keepFrom(), required }),
  ]);
  const turns = createTurns();
  const watch = createRunWatcher(bus, service);
  const runs: OwnedRuns<PartitionRun> = createOwnedRuns<RunState, PartitionRun>(bus, {
    info: options.info,
    createRun: (lease) => createRun(lease, options),
    restore: (run) => restoreState(bus, options, run),
    close: ({ fold }) => fold.close?.(),
    startLoop: (at) => startSlotLoop(bus, options, { ...at, turns }),
    snapshots: { stored: options, bytesOf: ({ fold }) => fold.snapshot(), isSettled: () => true },
    committed: (run) => {
      const position = { n: run.state.n, tMs: run.state.tMs };
      for (const listener of listeners) listener(run.partition, position);
      trimWhenDue(run);
    },
    watch: async () => watch(runs),
  });
  return runs;
};
