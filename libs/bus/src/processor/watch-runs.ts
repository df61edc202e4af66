import type { Bus } from '../bus.ts';
import { sequenceOf } from '../redis/stream-id.ts';
import { rangeOf, stateOf } from '../redis/stream-replies.ts';
import { type Behind, showLags } from '../reading/show-lags.ts';
import { isWanted } from '../runs/owned-run.ts';
import type { OwnedRuns } from '../runs/owned-runs.ts';
import type { PartitionRun } from './partition-run.ts';
import { idOf } from './read-log.ts';

/** What a look at a run found: entries it is behind, the age of the first of them, and what is wrong, if anything. */
type RunWatch = Readonly<{ behind: Behind; found: Readonly<{ problem: string | undefined; positionMoved: boolean }> | undefined }>;

const unknown: RunWatch = { behind: { lagEntries: null, lagMs: null }, found: undefined };

const ageMs = async (bus: Bus, partition: number, n: number): Promise<number> => {
  const [next] = await rangeOf(bus.redis, bus.keys.topic('market', partition), { from: `(${idOf(n)}`, to: '+', count: 1 });
  const flushedMs = Number(next?.fields.get('w')?.toString() ?? 0);
  return flushedMs === 0 ? 0 : Math.max(0, bus.clock.nowMs() - flushedMs);
};

/** Looks whether the log and the stored position are where the run believes them to be. */
async function watchRun(bus: Bus, service: string, run: PartitionRun): Promise<RunWatch> {
  const n = run.state?.n;
  if (n === undefined) return unknown;
  const [stored, log] = await Promise.all([
    bus.redis.hget(bus.keys.position(service, run.partition), 'cursor'),
    stateOf(bus.redis, bus.keys.topic('market', run.partition)),
  ]);
  const lastN = sequenceOf(log.lastId);
  // A log that ends before its reader was rolled back: how far it is behind, nobody knows.
  const behind = lastN < n ? unknown.behind : { lagEntries: lastN - n, lagMs: lastN > n ? await ageMs(bus, run.partition, n) : 0 };
  // A commit may have passed in between; then there is nothing to compare.
  if (!isWanted(run) || run.state?.n !== n) return { behind, found: undefined };
  const problem = lastN < n ? `market of partition ${run.partition} ends at ${log.lastId}, before the committed position ${idOf(n)}` : undefined;
  return { behind, found: { problem, positionMoved: (stored ?? '') !== run.state.cursor } };
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
    const lags: Behind[] = [];
    for (const run of runs.owned()) {
      const { behind, found } = await watchRun(bus, service, run).catch(() => unknown);
      lags.push(behind);
      if (found === undefined) continue;
      if (!runs.isFailing(run)) say(run, found.problem);
      compareStored(runs, run, found.positionMoved);
    }
    showLags(bus.metrics, { service, topic: 'market' }, lags);
  };
}
