import type { Bus } from '../bus.ts';
import { sequenceOf } from '../redis/stream-id.ts';
import { rangeOf, stateOf } from '../redis/stream-replies.ts';
import { isWanted } from '../runs/owned-run.ts';
import type { PartitionRun } from './partition-run.ts';
import { idOf } from './read-log.ts';

/** What a look at a run found: entries it is behind, the age of the first of them, and what is wrong, if anything. */
export type RunWatch = Readonly<{ lagEntries: number; lagMs: number; problem: string | undefined; positionMoved: boolean }>;

const ageMs = async (bus: Bus, partition: number, n: number): Promise<number> => {
  const [next] = await rangeOf(bus.redis, bus.keys.topic('market', partition), { from: `(${idOf(n)}`, to: '+', count: 1 });
  const flushedMs = Number(next?.fields.get('w')?.toString() ?? 0);
  return flushedMs === 0 ? 0 : Math.max(0, bus.clock.nowMs() - flushedMs);
};

/**
 * Looks whether the log and the stored position are where the run believes them to be. XREAD is silent about a log that ends before the
 * cursor, so somebody has to ask.
 */
export async function watchRun(bus: Bus, service: string, run: PartitionRun): Promise<RunWatch | undefined> {
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
