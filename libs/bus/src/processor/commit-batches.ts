import type { Bus } from '../bus.ts';
import type { CommitResult, PartitionCommit } from '../commit/partition-commit.ts';
import { settleCommits } from '../commit/settle-commits.ts';
import type { FoldedBatch } from './fold-batch.ts';
import type { PartitionRun, RunState } from './partition-run.ts';
import { idOf } from './read-log.ts';
import { formatSkips } from './skips.ts';

/** A batch, and the run and state it was folded on. */
export type RunBatch = Readonly<{ run: PartitionRun; state: RunState; folded: FoldedBatch }>;

const commitOf = ({ run, state, folded }: RunBatch): PartitionCommit => {
  return {
    lease: run.lease,
    expected: { cursor: state.cursor },
    position: {
      cursor: idOf(folded.n),
      epoch: String(run.lease.epoch),
      generation: state.generation,
      tMs: String(folded.tMs),
      ...(folded.skipsChanged ? { skips: formatSkips(state.skips) } : {}),
    },
    group: { topic: 'market', id: idOf(folded.n), entriesRead: folded.n },
    topics: folded.batch.topics(),
    deadLetters: folded.batch.letters(),
  };
};

const observe = (bus: Bus, service: string, { folded }: RunBatch): void => {
  const letters = folded.batch.letters().length;
  bus.metrics?.recordsTotal.inc({ service, outcome: 'committed' }, folded.entries);
  if (letters > 0) bus.metrics?.deadLettersTotal.inc({ service }, letters);
  if (folded.newestWallMs > 0) bus.metrics?.tickToSignalSeconds.observe(Math.max(0, bus.clock.nowMs() - folded.newestWallMs) / 1_000);
};

/** Commits the batches of one slot in one call; a run whose batch was written stands where its batch ends. Returns what became of each. */
export async function commitBatches(bus: Bus, service: string, batches: readonly RunBatch[]): Promise<readonly CommitResult[]> {
  const results = await settleCommits(bus, batches.map(commitOf));
  batches.forEach((one, index) => {
    if (results[index] !== undefined) return;
    const { run, state } = one;
    state.n = one.folded.n;
    state.cursor = idOf(state.n);
    state.tMs = one.folded.tMs;
    state.lastIds = one.folded.batch.lastIds();
    run.retention.note(state.n, state.tMs);
    observe(bus, service, one);
  });
  return results;
}
