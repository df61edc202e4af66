import { type Behind, type Bus, rangeOf, showLags } from '@signal/bus';
import { READER } from '../partitions/follow-in-redis.ts';
import type { HeldPartition } from '../partitions/held-partition.ts';
import { type ArchivedTopic, archivedTopics } from '../partitions/partition-state.ts';
import type { ArchiveMetrics } from './archive-metrics.ts';

const isNoSuchKey = (error: unknown): boolean => error instanceof Error && /no such key/i.test(error.message);

/** Entries of a topic that are not stored yet; null when Redis does not know, as after entries were deleted. */
async function lagOf(bus: Bus, key: string): Promise<number | null> {
  try {
    const groups = (await bus.redis.call('XINFO', ['GROUPS', key])) as readonly (readonly unknown[])[];
    const mine = groups.find((group) => group[group.indexOf('name') + 1] === READER);
    // Nothing of it was stored yet, and so nothing was trimmed.
    if (mine === undefined) return await bus.redis.xlen(key);
    const lag = mine[mine.indexOf('lag') + 1];
    return typeof lag === 'number' ? lag : null;
  } catch (error) {
    // Where there is no such topic yet, there is nothing to be behind of.
    return isNoSuchKey(error) ? 0 : null;
  }
}

/** Age of the first entry of the log that is not stored, by the time of its flush; 0 when all is. */
async function ageMs(bus: Bus, { lease, state }: HeldPartition): Promise<number | null> {
  if (state === undefined) return null;
  const from = `(${state.cursors.market.position}`;
  const [next] = await rangeOf(bus.redis, bus.keys.topic('market', lease.partition), { from, to: '+', count: 1 });
  const flushedMs = Number(next?.fields.get('w') ?? 0);
  return flushedMs === 0 ? 0 : Math.max(0, bus.clock.nowMs() - flushedMs);
}

const behindIn = async (bus: Bus, topic: ArchivedTopic, held: HeldPartition): Promise<Behind> => ({
  lagEntries: await lagOf(bus, bus.keys.topic(topic, held.lease.partition)),
  // Only entries of the log know when they were flushed.
  ...(topic === 'market' ? { lagMs: await ageMs(bus, held).catch(() => null) } : {}),
});

/** Sets the gauges of entries not yet stored, by topic, over the owned partitions, and of the age of the oldest of the log. */
export async function showLag(bus: Bus, metrics: ArchiveMetrics, held: readonly HeldPartition[]): Promise<void> {
  for (const topic of archivedTopics) {
    const lags = await Promise.all(held.map((one) => behindIn(bus, topic, one)));
    showLags(metrics.common, { service: READER, topic }, lags);
  }
}
