import { type Bus, rangeOf } from '@signal/bus';
import { READER } from '../partitions/follow-in-redis.ts';
import type { HeldPartition } from '../partitions/held-partition.ts';
import { archivedTopics } from '../partitions/partition-state.ts';
import type { ArchiveMetrics } from './archive-metrics.ts';

const lagIn = (groups: readonly (readonly unknown[])[]): number => {
  const mine = groups.find((group) => group[group.indexOf('name') + 1] === READER);
  return mine === undefined ? 0 : Number(mine[mine.indexOf('lag') + 1] ?? 0);
};

async function lagOf(bus: Bus, key: string): Promise<number> {
  try {
    return lagIn((await bus.redis.call('XINFO', ['GROUPS', key])) as readonly (readonly unknown[])[]);
  } catch {
    // There is no such topic yet, and so nothing to be behind of.
    return 0;
  }
}

/** Age of the first entry of the log that is not stored, by the time of its flush; 0 when all is. */
async function ageMs(bus: Bus, { lease, state }: HeldPartition): Promise<number> {
  if (state === undefined) return 0;
  const from = `(${state.cursors.market.position}`;
  const [next] = await rangeOf(bus.redis, bus.keys.topic('market', lease.partition), { from, to: '+', count: 1 });
  const flushedMs = Number(next?.fields.get('w') ?? 0);
  return flushedMs === 0 ? 0 : Math.max(0, bus.clock.nowMs() - flushedMs);
}

/** Sets the gauges of entries not yet stored, by topic, over the owned partitions, and of the age of the oldest of the log. */
export async function showLag(bus: Bus, metrics: ArchiveMetrics, held: readonly HeldPartition[]): Promise<void> {
  for (const topic of archivedTopics) {
    const lags = await Promise.all(held.map(({ lease }) => lagOf(bus, bus.keys.topic(topic, lease.partition))));
    metrics.common.streamLagEntries.set(
      { service: READER, topic },
      lags.reduce((sum, lag) => sum + lag, 0),
    );
  }
  const ages = await Promise.all(held.map((one) => ageMs(bus, one)));
  metrics.common.streamLagSeconds.set({ service: READER, topic: 'market' }, Math.max(0, ...ages) / 1000);
}
