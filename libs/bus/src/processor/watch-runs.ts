import type { Bus } from '../bus.ts';
import { sequenceOf } from '../redis/stream-id.ts';
import { rangeOf, stateOf } from '../redis/stream-replies.ts';
import { isWanted } from '../runs/owned-run.ts';
import type { OwnedRuns } from '../runs/owned-runs.ts';
import type { PartitionRun } from './partition-run.ts';
import { idOf } from './read-log.ts';

/** What a look at a run found: entries it is behind, the age of the first of them, and what is wrong, if anything. */
type RunWatch = Readonly<{ lagEntries: number; lagMs: number; problem: string | undefined; positionMoved: boolean }>;

const ageMs = async (bus: Bus, partition: number, n: number): Promise<number> => {
  const [next] = await rangeOf(bus.redis, bus.keys.topic('market', partition), { from: `(${idOf(n)}`, to: '+', count: 1 });
  const flushedMs = Number(next?.fields.get('w')?.toString() ?? 0);
  return flushedMs === 0 ? 0 : Math.max(0, bus.clock.nowMs() - flushedMs);
};

/** Looks whether the log and the stored position are where the run believes them to be. */
async function watchRun(bus: Bus, service: string, run: PartitionRun): Promise<RunWatch | undefined> {
  const n = run.state?.n;
  if (n === undefined) return undefined;
  const [stored, log] = await Promise.all([
    bus.redis.hget(bus.keys.position(service, run.partition), 'cursor'),
    stateOf(bus.redis, bus.keys.topic('market', run.partition)),
  ]);
  // A commit may have passed in between; then there is nothing to compare.
  if (!isWanted(run) || run.state?.n !== n) return undefined;
  const positionMoved = (stored ?? '') !== run.state.cursor;
  const lastN = sequenceOf(log.lastId);
  return {
    lagEntries: Math.max(0, lastN - n),
    lagMs: lastN > n ? await ageMs(bus, run.partition, n) : 0,
    problem: lastN < n ? `market of partition ${run.partition} ends at ${log.lastId}, before the committed position ${idOf(n)}` : undefined,
    positionMoved,
  };
}

/**
 * Returns a look at all runs of a service, which sets the lag and finds what a reader would not notice: XREAD is silent about a log that
 * ends before the cursor, so somebody has to ask.
 */
export function createRunWatcher(bus: Bus, service: string): (runs: OwnedRuns<PartitionRun>) => Promise<void> {
  /** Where a run was when its stored position was found to be another. */
  const movedAt = new WeakMap<PartitionRun, number | undefined>();

  /** Twice at one position before it counts, since a commit may be under way. */
  const compareStored = (runs: OwnedRuns<PartitionRun>, run: PartitionRun, moved: boolean): void => {
    if (!moved) movedAt.delete(run);
    else if (movedAt.has(run) && movedAt.get(run) === run.state?.n) runs.fail(run, 'the stored position is not the one in memory');
    else movedAt.set(run, run.state?.n);
  };

  const say = (run: PartitionRun, problem: string | undefined): void => {
    if (problem !== undefined && problem !== run.problem) bus.log.error({ service, problem }, 'the log is behind its reader');
    run.problem = problem;
  };

  return async (runs) => {
    let lagEntries = 0;
    let lagMs = 0;
    for (const run of runs.owned()) {
      const found = await watchRun(bus, service, run).catch(() => undefined);
      if (found === undefined) continue;
      lagEntries += found.lagEntries;
      lagMs = Math.max(lagMs, found.lagMs);
      if (!runs.isFailing(run)) say(run, found.problem);
      compareStored(runs, run, found.positionMoved);
    }
    bus.metrics?.streamLagEntries.set({ service, topic: 'market' }, lagEntries);
    bus.metrics?.streamLagSeconds.set({ service, topic: 'market' }, lagMs / 1_000);
  };
}
