import type { Bus } from '../bus.ts';
import { nodeOf } from '../redis/redis-nodes.ts';
import { historyAt, type ServerHistory } from '../redis/server-history.ts';
import { isWanted } from '../runs/owned-run.ts';
import type { SequenceRun } from './sequence-run.ts';

/** What to do with a run whose log is not what was written. */
export type OriginEvents = Readonly<{ failed(run: SequenceRun, problem: string): void }>;

const sameHistory = (bus: Bus): ((key: string) => Promise<ServerHistory>) => {
  const asked = new Map<string, Promise<ServerHistory>>();
  return (key) => {
    const node = nodeOf(bus.redis, key) ?? '';
    const answer = asked.get(node) ?? historyAt(bus, key);
    asked.set(node, answer);
    return answer;
  };
};

/**
 * Returns a look at the owned partitions, every second: nobody commits in a partition where nothing happens, and a failover would go
 * unnoticed there. A stored position that is not the one in memory fails the run; one that is proves the server that holds it.
 */
export function createOriginWatcher(bus: Bus, service: string, events: OriginEvents): (runs: Iterable<SequenceRun>) => Promise<void> {
  /** Where a run was when its stored position was found to be another: twice before it counts, since a commit may be under way. */
  const movedAt = new WeakMap<SequenceRun, number>();

  const misses = (run: SequenceRun, n: number, stored: string): void => {
    if (movedAt.get(run) !== n) {
      movedAt.set(run, n);
      return;
    }
    movedAt.delete(run);
    events.failed(run, `the stored position is "${stored}", and entry ${n} was committed`);
  };

  const lookAt = async (run: SequenceRun, historyOf: (key: string) => Promise<ServerHistory>): Promise<void> => {
    const { state } = run;
    if (state === undefined) return;
    const { n } = state;
    const key = bus.keys.position(service, run.partition);
    // The history first: a position that is right after it was read from that server or a later one.
    const { id } = await historyOf(key);
    const [cursor, origin] = await bus.redis.hmget(key, 'cursor', 'origin');
    if (!isWanted(run) || run.state !== state || state.n !== n) return;
    if ((cursor ?? '') !== state.cursor) return misses(run, n, cursor ?? '');
    movedAt.delete(run);
    if (origin !== id && n > 0 && state.newOrigin === '') await bus.redis.hset(key, 'origin', id);
  };

  return async (runs) => {
    const historyOf = sameHistory(bus);
    for (const run of runs) {
      // Redis is away, or moving: it is asked again in a second.
      await lookAt(run, historyOf).catch(() => undefined);
    }
  };
}
