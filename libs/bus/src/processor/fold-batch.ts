import { performance } from 'node:perf_hooks';
import { SignalError } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import type { RawEntry } from '../redis/stream-replies.ts';
import { sequenceOf } from '../redis/stream-id.ts';
import { isAtFault } from '../poison/attempt.ts';
import { beginAttempt, markAttempt } from '../poison/begin-attempt.ts';
import { findDeadly } from '../poison/find-deadly.ts';
import { type Batch, BATCH_BYTES, createBatch } from './batch.ts';
import { entryFor, type Folded, letterOfEntry, startFolding, undeclaredTopic } from './fold-entry.ts';
import { type FreshFold, isolate } from './isolate.ts';
import type { LogEntry } from './partition-fold.ts';
import type { ReadyRun } from './partition-run.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { restoreFold } from './restore-fold.ts';
import { bothSkips, originalIndex, type Skip } from './skips.ts';

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

/** Returns what makes folds that stand after entry `toN`, for looking for records at fault. */
const foldsBefore =
  (bus: Bus, options: ProcessorOptions, { run, toN }: Readonly<{ run: ReadyRun; toN: number }>): FreshFold =>
  async () => {
    const request = { partition: run.partition, toN, skips: run.state.skips, stillWanted: () => !run.closed };
    const restored = await restoreFold(bus, options, request);
    if (restored === undefined) throw new SignalError('fenced', `partition ${run.partition} was lost while a record at fault was looked for`);
    return restored.fold;
  };

/** Finds what in the entry makes the fold throw, with folds restored to just before it, and leaves that out from now on. */
const leaveOutCulprits = async (
  bus: Bus,
  options: ProcessorOptions,
  at: Readonly<{ run: ReadyRun; entry: LogEntry; batch: Batch; progress: Progress }>,
): Promise<void> => {
  const { run, entry, batch, progress } = at;
  const freshFold = foldsBefore(bus, options, { run, toN: progress.n });
  const leftOut = run.state.skips.get(entry.n);
  const { skip, culprits } = await isolate(freshFold, entry);
  skipEntry(run, progress, { n: entry.n, skip: bothSkips(leftOut, skip) });
  batch.addLetters(
    culprits.map(({ index, error, record }) => ({
      topic: 'market',
      entryId: entry.id,
      index: originalIndex(index, leftOut),
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

type EntryAt = Readonly<{ entry: LogEntry; batch: Batch; progress: Progress }>;

const takeFolded = (options: ProcessorOptions, folded: Folded, { entry, batch, progress }: EntryAt): void => {
  for (const { topic } of folded.outputs) {
    if (!options.outputs.includes(topic)) throw undeclaredTopic(topic, options.outputs);
  }
  batch.addOutputs(entry.n, folded.outputs);
  batch.addLetters(folded.letters);
  progress.tMs = folded.tMs;
  if (folded.outputs.length > 0) progress.newestWallMs = entry.wallMs;
};

/** Returns nothing where the fold answered at once: a promise an entry costs 0.7 us. */
const foldInto = (options: ProcessorOptions, run: ReadyRun, at: EntryAt): Promise<void> | undefined => {
  const { entry, progress } = at;
  const folded = startFolding(run.state.fold, { entry, skip: run.state.skips.get(entry.n), tMs: progress.tMs });
  if (folded instanceof Promise) return folded.then((one) => takeFolded(options, one, at));
  takeFolded(options, folded, at);
  return undefined;
};

type RawAt = Readonly<{ run: ReadyRun; raw: RawEntry; batch: Batch; progress: Progress }>;

const foldWithoutCulprits = async (bus: Bus, options: ProcessorOptions, at: RawAt & EntryAt): Promise<void> => {
  const { run, raw, entry, batch, progress } = at;
  await leaveOutCulprits(bus, options, { run, entry, batch, progress });
  const rest = entryFor(raw, run.state.skips.get(entry.n));
  if (rest !== undefined) await foldInto(options, run, { entry: rest, batch, progress });
};

const foldDecoded = (bus: Bus, options: ProcessorOptions, at: RawAt & EntryAt): Promise<void> | undefined => {
  try {
    return foldInto(options, at.run, at)?.catch(() => foldWithoutCulprits(bus, options, at));
  } catch {
    return foldWithoutCulprits(bus, options, at);
  }
};

const foldOne = (bus: Bus, options: ProcessorOptions, at: RawAt): Promise<void> | undefined => {
  const entry = decode(at.run, at.raw, at);
  return entry === undefined ? undefined : foldDecoded(bus, options, { ...at, entry });
};

/** Looks for records that ended the process of earlier owners, if any were cut off here, and leaves them out. */
const leaveOutDeadly = async (
  bus: Bus,
  options: ProcessorOptions,
  at: Readonly<{ run: ReadyRun; raw: RawEntry; entries: number; batch: Batch; progress: Progress }>,
): Promise<void> => {
  const { run, raw, batch, progress } = at;
  const attempt = await beginAttempt(bus, options.service, { run, entries: at.entries });
  if (attempt === undefined || !isAtFault(attempt)) return;
  const { skip, letters } = await findDeadly({
    raw,
    attempt,
    mark: (next) => markAttempt(bus, options.service, run, next),
    freshFold: foldsBefore(bus, options, { run, toN: progress.n }),
  });
  if (letters.length === 0) return;
  skipEntry(run, progress, { n: sequenceOf(raw.id), skip });
  batch.addLetters(letters);
  bus.log.error({ service: options.service, partition: run.partition, entry: raw.id, skip }, 'records ended their processes and are dead-lettered');
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
  const [first] = queue;
  const entries = Math.min(queue.length, options.batchEntries ?? DEFAULT_BATCH_ENTRIES);
  if (first !== undefined) await leaveOutDeadly(bus, options, { run, raw: first, entries, batch, progress });
  const most = state.n < run.aloneUntilN ? 1 : (options.batchEntries ?? DEFAULT_BATCH_ENTRIES);
  const untilMs = performance.now() + MAX_FOLD_MS;
  while (queue.length > 0 && progress.entries < most && batch.bytes < BATCH_BYTES && performance.now() < untilMs) {
    const raw = queue.shift() as RawEntry;
    const folding = foldOne(bus, options, { run, raw, batch, progress });
    if (folding !== undefined) await folding;
    progress.n = sequenceOf(raw.id);
    progress.entries += 1;
  }
  return { batch, ...progress };
}
