import type { RedisClient } from '../redis/redis-client.ts';
import { isSameEntry } from '../redis/same-entry.ts';
import { compareIds } from '../redis/stream-id.ts';
import { type RawEntry, rangeOf, stateOf } from '../redis/stream-replies.ts';

/**
 * Tells whether an entry that was read stands in its stream as it was. A log that was rolled back and written anew past a reader's
 * position looks whole from there; only what was read before differs. An entry that was trimmed meanwhile says nothing, and passes.
 */
export async function isStillThere(redis: RedisClient, key: string, entry: RawEntry): Promise<boolean> {
  const { id } = entry;
  const [found] = await rangeOf(redis, key, { from: id, to: id, count: 1 });
  if (found !== undefined) return isSameEntry(found, entry);
  const { firstId, lastId } = await stateOf(redis, key);
  return compareIds(lastId, id) >= 0 && (firstId === undefined || compareIds(firstId, id) > 0);
}
