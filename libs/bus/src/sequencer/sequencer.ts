import type { Bus } from '../bus.ts';
import type { Position } from '../processor/processor-options.ts';
import { createTurns } from '../poison/turns.ts';
import { createOwnedRuns, type OwnedRuns } from '../runs/owned-runs.ts';
import { positionsOf } from '../runs/positions-of.ts';
import { DEFAULT_READER_BUDGETS } from '../retention/reader-budgets.ts';
import { trimTopics } from '../retention/trim-topics.ts';
import { createTrimmer } from '../runs/trimmer.ts';
import { createTicker } from '../ownership/ticker.ts';
import { openSequence } from './open-sequence.ts';
import type { SequenceBatch } from './sequence-batch.ts';
import { createSequenceRun, type OpenRun, type SequenceRun, type SequenceState } from './sequence-run.ts';
import type { Sequencer, SequencerOptions } from './sequencer-options.ts';
import { startSlotSequencer } from './slot-sequencer.ts';
import { createOriginWatcher } from './watch-origins.ts';
import { createInboxWatcher } from './watch-inboxes.ts';

/** Readers of `market` without whose registered need it is not trimmed at all. */
const FLEET_READERS: readonly string[] = ['indicator', 'greeks', 'script-runner', 'archive'];
const TOPIC_READERS: readonly string[] = ['archive'];
const WATCH_EVERY_MS = 1_000;
const DEFAULT_OUTPUTS = ['bars'] as const;

/** Returns the sequencer of `market`: the only writer of the log, one owner per partition. */
export function createSequencer(bus: Bus, options: SequencerOptions): Sequencer {
  const runs = ownedRuns(bus, options);
  const watch = createInboxWatcher(bus, options.service);
  const watcher = createTicker({ everyMs: WATCH_EVERY_MS, run: () => watch(runs.owned()).then(() => undefined) });
  return {
    name: options.service,
    start: async () => {
      await runs.start();
      await watcher.start();
    },
    stop: async () => {
      await watcher.stop();
      await runs.stop();
    },
    unhealthy: () => runs.unhealthy(),
    positions: (): ReadonlyMap<number, Position> => positionsOf(runs.owned()),
    wake: (partition) => runs.wake(partition),
  };
}

const count = (bus: Bus, service: string, { records, batch }: SequenceBatch): void => {
  const letters = batch.letters().length;
  bus.metrics?.recordsTotal.inc({ service, outcome: 'accepted' }, records);
  if (letters > 0) bus.metrics?.deadLettersTotal.inc({ service }, letters);
};

/** `market` is trimmed to what readers need, the derived topics also to the retention, and the inbox to what was taken from it. */
const trimsOf = (bus: Bus, options: SequencerOptions, { partition, state, retention }: OpenRun): readonly Promise<unknown>[] => {
  const { service, outputs: topics = DEFAULT_OUTPUTS, requiredReaders, readerBudgets: budgets = DEFAULT_READER_BUDGETS } = options;
  const log = { topics: ['market'], keepFrom: state.n, required: requiredReaders ?? FLEET_READERS, budgets } as const;
  return [
    trimTopics(bus, { service, partition, ...log }),
    trimTopics(bus, { service, partition, topics, keepFrom: retention.keepFrom(), required: requiredReaders ?? TOPIC_READERS }),
    ...(state.inbox === '' ? [] : [bus.redis.xtrim(bus.keys.topic('inbox', partition), 'MINID', '~', state.inbox)]),
  ];
};

const ownedRuns = (bus: Bus, options: SequencerOptions): OwnedRuns<SequenceRun> => {
  const { service } = options;
  /** Last sequence that Redis acknowledged to this process: a stored position below it was rolled back. */
  const acknowledged = new Map<number, number>();
  const turns = createTurns();
  const trimWhenDue = createTrimmer<OpenRun>(bus, service, (run) => trimsOf(bus, options, run));
  const watch = createOriginWatcher(bus, service, { failed: (run, problem) => runs.fail(run, problem) });
  const runs = createOwnedRuns<SequenceState, SequenceRun>(bus, {
    watch,
    info: options.info,
    createRun: (lease) => createSequenceRun(lease, options.retentionMs),
    restore: (run) => openSequence(bus, options, { run, acknowledgedN: acknowledged.get(run.partition) ?? 0 }),
    close: ({ sequenced }) => sequenced.close?.(),
    // A reader that holds the log back uses up its budget too, though nothing is committed.
    startLoop: (at) => startSlotSequencer(bus, { ...at, service, turns, written: (batch) => count(bus, service, batch), heldBack: trimWhenDue }),
    // What was handed out and is not committed yet is in the state already.
    snapshots: { stored: options, bytesOf: ({ sequenced }) => sequenced.snapshot(), isSettled: ({ steps }) => steps.length === 0 },
    committed: (run) => {
      acknowledged.set(run.partition, run.state.n);
      trimWhenDue(run);
    },
  });
  return runs;
};
