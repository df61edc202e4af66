import { performance } from 'node:perf_hooks';
import { SignalError } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import type { RawEntry } from '../redis/stream-replies.ts';
import { sequenceOf } from '../redis/stream-id.ts';
import { countAttempt, isHopeless } from './attempts.ts';
import { type Batch, BATCH_BYTES, createBatch } from './batch.ts';
import { entryFor, foldEntry, letterOfEntry, undeclaredTopic } from './fold-entry.ts';
import { isolate } from './isolate.ts';
import type { LogEntry } from './partition-fold.ts';
import type { ReadyRun } from './partition-run.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { restoreFold } from './restore-fold.ts';
import type { Skip } from './skips.ts';

/** A batch that was folded and not yet committed: it brings the partition to `n`. */
export type FoldedBatch = Readonly<{ batch: Batch; n: number; tMs: number; entries: number; newestWallMs: number; skipsChanged: boolean }>;

/** After so long a batch is committed, so that leases are renewed and others get their turn. */
const MAX_FOLD_MS = 25;
const DEFAULT_BATCH_ENTRIES = 200;

type Progress = { n: number; tMs: number; entries: number; newestWallMs: number; skipsChanged: boolean };

const skipEntry = (run: ReadyRun, progress: Progress, at: Readonly<{ n: number; skip: Skip }>): void => {
  run.state.skips.set(at.n, at.skip);
  progress.skipsChanged = true;
};

/** Finds what in the entry makes the fold throw, with folds restored to just before it, and leaves that out from now on. */
const leaveOutCulprits = async (
  bus: Bus,
  options: ProcessorOptions,
  at: Readonly<{ run: ReadyRun; entry: LogEntry; batch: Batch; progress: Progress }>,
): Promise<void> => {
  const { run, entry, batch, progress } = at;
  const before = { partition: run.partition, toN: progress.n, skips: run.state.skips, stillWanted: () => !run.closed };
  const freshFold = async () => {
    const restored = await restoreFold(bus, options, before);
    if (restored === undefined) throw new SignalError('fenced', `partition ${run.partition} was lost while a record at fault was looked for`);
    return restored.fold;
  };
  const { skip, culprits } = await isolate(freshFold, entry);
  skipEntry(run, progress, { n: entry.n, skip });
  batch.addLetters(
    culprits.map(({ index, error, record }) => ({
      topic: 'market',
      entryId: entry.id,
      index,
      code: 'schema',
      error: String(error),
      attempts: 1,
      record,
    })),
  );
  run.state.fold.close?.();
  run.state.fold = await freshFold();
  bus.log.error(
    { service: options.service, partition: run.partition, entry: entry.id, skip, error: String(culprits[0]?.error) },
    'records made the fold throw and are dead-lettered',
  );
};

const decode = (run: ReadyRun, raw: RawEntry, at: Readonly<{ batch: Batch; progress: Progress }>): LogEntry | undefined => {
  const n = sequenceOf(raw.id);
  try {
    return entryFor(raw, run.state.skips.get(n));
  } catch (error) {
    skipEntry(run, at.progress, { n, skip: 'all' });
    at.batch.addLetters([letterOfEntry(raw, error)]);
    return undefined;
  }
};

const foldInto = async (
  options: ProcessorOptions,
  run: ReadyRun,
  at: Readonly<{ entry: LogEntry; batch: Batch; progress: Progress }>,
): Promise<void> => {
  const { entry, batch, progress } = at;
  const folded = await foldEntry(run.state.fold, { entry, skip: run.state.skips.get(entry.n), tMs: progress.tMs });
  for (const { topic } of folded.outputs) {
    if (!options.outputs.includes(topic)) throw undeclaredTopic(topic, options.outputs);
  }
  batch.addOutputs(entry.n, folded.outputs);
  batch.addLetters(folded.letters);
  progress.tMs = folded.tMs;
  if (folded.outputs.length > 0) progress.newestWallMs = entry.wallMs;
};

const foldOne = async (
  bus: Bus,
  options: ProcessorOptions,
  at: Readonly<{ run: ReadyRun; raw: RawEntry; batch: Batch; progress: Progress }>,
): Promise<void> => {
  const { run, raw, batch, progress } = at;
  const entry = decode(run, raw, { batch, progress });
  if (entry !== undefined) {
    try {
      await foldInto(options, run, { entry, batch, progress });
    } catch {
      await leaveOutCulprits(bus, options, { run, entry, batch, progress });
      const rest = entryFor(raw, run.state.skips.get(entry.n));
      if (rest !== undefined) await foldInto(options, run, { entry: rest, batch, progress });
    }
  }
  progress.n = sequenceOf(raw.id);
  progress.entries += 1;
};

/**
 * Folds entries off the front of `queue` until the batch is large or long enough, and returns it. The state then stands at `n`, which
 * holds only once the batch is committed; a throw means the state is worth nothing.
 */
export async function foldBatch(bus: Bus, options: ProcessorOptions, at: Readonly<{ run: ReadyRun; queue: RawEntry[] }>): Promise<FoldedBatch> {
  const { run, queue } = at;
  const { state } = run;
  const batch = createBatch(state.lastIds);
  const progress: Progress = { n: state.n, tMs: state.tMs, entries: 0, newestWallMs: 0, skipsChanged: false };
  const attempt = await countAttempt(bus, options.service, run);
  const first = queue[0];
  if (first !== undefined && isHopeless(attempt)) {
    skipEntry(run, progress, { n: sequenceOf(first.id), skip: 'all' });
    batch.addLetters([letterOfEntry(first, new SignalError('entry_corrupt', `${attempt - 1} owners ended at this entry`), attempt - 1)]);
  }
  const most = state.n < run.aloneUntilN ? 1 : (options.batchEntries ?? DEFAULT_BATCH_ENTRIES);
  const untilMs = performance.now() + MAX_FOLD_MS;
  while (queue.length > 0 && progress.entries < most && batch.bytes < BATCH_BYTES && performance.now() < untilMs) {
    await foldOne(bus, options, { run, raw: queue.shift() as RawEntry, batch, progress });
  }
  return { batch, ...progress };
}
