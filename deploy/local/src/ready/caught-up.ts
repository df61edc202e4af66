import { groupsOf, sequenceOf, stateOf, type RedisClient } from '@signal/bus';
import type { Keys, Topic } from '@signal/contracts';
import { marketReaders } from '../fleet/names.ts';

/** Topics that the archive stores besides the log itself. */
const archived = ['bars', 'indicators', 'scripts'] as const satisfies readonly Topic[];

/** Where the logs of a fleet are. */
type Place = Readonly<{ redis: RedisClient; keys: Keys; partitions: number }>;

/** Tells whether every reader has committed the last entry of every partition: nothing is on its way any more. */
export async function isCaughtUp(deps: Place): Promise<boolean> {
  for (let partition = 0; partition < deps.partitions; partition += 1) {
    if (!(await hasReached(deps.redis, deps.keys.topic('market', partition), marketReaders))) return false;
    for (const topic of archived) if (!(await hasReached(deps.redis, deps.keys.topic(topic, partition), ['archive']))) return false;
  }
  return true;
}

/** Returns a function that tells whether every reader has committed what stood in the logs at the time of this call. */
export async function markPassed(deps: Place): Promise<() => Promise<boolean>> {
  const waiting = new Map<string, number>();
  for (let partition = 0; partition < deps.partitions; partition += 1) {
    const key = deps.keys.topic('market', partition);
    waiting.set(key, sequenceOf((await stateOf(deps.redis, key)).lastId));
  }
  return async () => {
    for (const [key, n] of waiting) {
      const groups = n === 0 ? undefined : await groupsOf(deps.redis, key);
      if (groups !== undefined && !marketReaders.every((reader) => sequenceOf(groups.get(reader) ?? '0-0') >= n)) return false;
      waiting.delete(key);
    }
    return true;
  };
}

async function hasReached(redis: RedisClient, key: string, readers: readonly string[]): Promise<boolean> {
  const { lastId } = await stateOf(redis, key);
  if (lastId === '0-0') return true;
  const groups = await groupsOf(redis, key);
  return readers.every((reader) => groups.get(reader) === lastId);
}
