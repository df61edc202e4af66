import { performance } from 'node:perf_hooks';
import type { Topic } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { runScript } from '../scripts/run-script.ts';
import { isWanted, type OwnedRun, type OwnedState } from './owned-run.ts';

const TRIM_EVERY_MS = 2_000;

/** Which topics of a partition to trim, up to which sequence at most, and who must have registered a need before anything is. */
export type TrimRequest = Readonly<{ partition: number; topics: readonly Topic[]; keepFrom: number; required: readonly string[] }>;

/** Trims topics to `keepFrom`, never past what a registered reader still needs. */
export async function trimTopics(bus: Bus, { partition, topics, keepFrom, required }: TrimRequest): Promise<void> {
  if (keepFrom === 0 || topics.length === 0) return;
  const keys = [bus.keys.needed(partition), ...topics.map((topic) => bus.keys.topic(topic, partition))];
  await runScript(bus.redis, 'trim', { keys, args: [keepFrom, required.length, ...required] });
}

/** Returns what trims a run every two seconds, in the background: a trim that fails is tried again with the next. */
export function createTrimmer<Run extends OwnedRun<OwnedState>>(
  bus: Bus,
  service: string,
  trim: (run: Run) => readonly Promise<unknown>[],
): (run: Run) => void {
  const lastMs = new WeakMap<Run, number>();
  return (run) => {
    const nowMs = performance.now();
    if (nowMs - (lastMs.get(run) ?? 0) < TRIM_EVERY_MS || !isWanted(run)) return;
    lastMs.set(run, nowMs);
    Promise.all(trim(run)).catch((error: unknown) =>
      bus.log.debug({ service, partition: run.partition, error: String(error) }, 'topics were not trimmed'),
    );
  };
}
