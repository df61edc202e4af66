import type { Bus } from '@signal/bus';
import { READER } from '../partitions/follow-in-redis.ts';
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

/** Sets the gauge of entries not yet stored, by topic, over the owned partitions. */
export async function showLag(bus: Bus, metrics: ArchiveMetrics, partitions: readonly number[]): Promise<void> {
  for (const topic of archivedTopics) {
    const lags = await Promise.all(partitions.map((partition) => lagOf(bus, bus.keys.topic(topic, partition))));
    metrics.common.streamLagEntries.set(
      { service: READER, topic },
      lags.reduce((sum, lag) => sum + lag, 0),
    );
  }
}
