import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { runScript } from '../scripts/run-script.ts';
import { saveSnapshot } from '../snapshots/snapshot-store.ts';
import type { ReadyRun } from './fold-batch.ts';
import { isWanted, type PartitionRun } from './partition-run.ts';
import type { ProcessorOptions } from './processor-options.ts';

/** Readers without whose registered need public topics are not trimmed. */
const DEFAULT_REQUIRED_READERS: readonly string[] = ['archive'];

const lastTrimMs = new WeakMap<PartitionRun, number>();
const TRIM_EVERY_MS = 2_000;

/** Takes a snapshot when one is due. The state is copied at once, between two entries, and stored in the background. */
export function snapshotWhenDue(bus: Bus, options: ProcessorOptions, run: ReadyRun): void {
  const { state } = run;
  if (run.saving !== undefined || !state.snapshots.isDue(state.n)) return;
  const snapshot = { n: state.n, bytes: state.fold.snapshot() };
  state.snapshots.taken(state.n);
  run.saving = saveSnapshot(bus, run.lease, { snapshot, options })
    .catch((error: unknown) =>
      bus.log.warn({ service: options.service, partition: run.partition, error: String(error) }, 'a snapshot was not stored'),
    )
    .finally(() => {
      run.saving = undefined;
    });
}

/** Trims the own public topics to the retention, never past what a registered reader still needs. */
export function trimWhenDue(bus: Bus, options: ProcessorOptions, run: PartitionRun): void {
  const nowMs = performance.now();
  const keepFrom = run.retention.keepFrom();
  if (keepFrom === 0 || options.outputs.length === 0 || nowMs - (lastTrimMs.get(run) ?? 0) < TRIM_EVERY_MS || !isWanted(run)) return;
  lastTrimMs.set(run, nowMs);
  const required = options.requiredReaders ?? DEFAULT_REQUIRED_READERS;
  const keys = [bus.keys.needed(run.partition), ...options.outputs.map((topic) => bus.keys.topic(topic, run.partition))];
  runScript(bus.redis, 'trim', { keys, args: [keepFrom, required.length, ...required] }).catch((error: unknown) =>
    bus.log.debug({ service: options.service, partition: run.partition, error: String(error) }, 'topics were not trimmed'),
  );
}
