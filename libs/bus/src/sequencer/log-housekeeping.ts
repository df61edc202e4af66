import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { runScript } from '../scripts/run-script.ts';
import { saveSnapshot } from '../snapshots/snapshot-store.ts';
import { isWanted, type OpenRun, type SequenceRun } from './sequence-run.ts';
import type { SequencerOptions } from './sequencer-options.ts';

/** Readers of `market` without whose registered need it is not trimmed at all. */
const FLEET_READERS: readonly string[] = ['indicator', 'greeks', 'script-runner', 'archive'];
const TOPIC_READERS: readonly string[] = ['archive'];
const TRIM_EVERY_MS = 2_000;

const lastTrimMs = new WeakMap<SequenceRun, number>();

/** Takes a snapshot when one is due and everything handed out is committed. */
export function snapshotWhenDue(bus: Bus, options: SequencerOptions, run: OpenRun): void {
  const { state } = run;
  if (run.saving !== undefined || state.steps.length > 0 || !state.snapshots.isDue(state.n)) return;
  const snapshot = { n: state.n, bytes: state.sequenced.snapshot() };
  state.snapshots.taken(state.n);
  run.saving = saveSnapshot(bus, run.lease, { snapshot, options })
    .catch((error: unknown) =>
      bus.log.warn({ service: options.service, partition: run.partition, error: String(error) }, 'a snapshot was not stored'),
    )
    .finally(() => {
      run.saving = undefined;
    });
}

/** Trims `market` to what readers need, the derived topics also to the retention, and the inbox to what was taken from it. */
export function trimWhenDue(bus: Bus, options: SequencerOptions, run: OpenRun): void {
  const nowMs = performance.now();
  if (nowMs - (lastTrimMs.get(run) ?? 0) < TRIM_EVERY_MS || !isWanted(run)) return;
  lastTrimMs.set(run, nowMs);
  const { partition, state } = run;
  const { keys } = bus;
  const topicsFrom = run.retention.keepFrom();
  const outputs = options.outputs ?? ['bars'];
  const required = options.requiredReaders ?? FLEET_READERS;
  const topicReaders = options.requiredReaders ?? TOPIC_READERS;
  const calls: Promise<unknown>[] = [
    runScript(bus.redis, 'trim', { keys: [keys.needed(partition), keys.topic('market', partition)], args: [state.n, required.length, ...required] }),
  ];
  if (topicsFrom > 0) {
    const streams = outputs.map((topic) => keys.topic(topic, partition));
    calls.push(
      runScript(bus.redis, 'trim', { keys: [keys.needed(partition), ...streams], args: [topicsFrom, topicReaders.length, ...topicReaders] }),
    );
  }
  if (state.inbox !== '') calls.push(bus.redis.xtrim(keys.topic('inbox', partition), 'MINID', '~', state.inbox));
  Promise.all(calls).catch((error: unknown) =>
    bus.log.debug({ service: options.service, partition, error: String(error) }, 'topics were not trimmed'),
  );
}
