import { groupsOf, stateOf } from '@signal/bus';
import type { Keys, Topic } from '@signal/contracts';
import type { Redis } from 'ioredis';
import { marketReaders } from '../fleet/names.ts';

/** Topics that the archive stores besides the log itself. */
const archived = ['bars', 'indicators', 'scripts'] as const satisfies readonly Topic[];

/** Tells whether every reader has committed the last entry of every partition: nothing is on its way any more. */
export async function isCaughtUp(deps: Readonly<{ redis: Redis; keys: Keys; partitions: number }>): Promise<boolean> {
  for (let partition = 0; partition < deps.partitions; partition += 1) {
    if (!(await hasReached(deps.redis, deps.keys.topic('market', partition), marketReaders))) return false;
    for (const topic of archived) if (!(await hasReached(deps.redis, deps.keys.topic(topic, partition), ['archive']))) return false;
  }
  return true;
}

async function hasReached(redis: Redis, key: string, readers: readonly string[]): Promise<boolean> {
  const { lastId } = await stateOf(redis, key);
  if (lastId === '0-0') return true;
  const groups = await groupsOf(redis, key);
  return readers.every((reader) => groups.get(reader) === lastId);
}
