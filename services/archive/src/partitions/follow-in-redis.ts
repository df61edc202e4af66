import { type Bus, compareIds, sequenceOf, setNeeded, showPosition, ZERO_ID } from '@signal/bus';
import { archivedTopics, type ArchivedTopic, type PartitionState } from './partition-state.ts';

/** The archive's name among consumer groups and among the readers that hold the trim. */
export const READER = 'archive';

/** Services whose entries may come behind those of `market`: their topics are complete only up to their committed position. */
const laterServices = ['indicator', 'script-runner'] as const;

/** Returns the least sequence that a service which writes archived topics has committed; `undefined` when none ever ran. */
export async function leastUpstream(bus: Bus, partition: number): Promise<number | undefined> {
  const cursors = await Promise.all(laterServices.map((service) => bus.redis.hget(bus.keys.position(service, partition), 'cursor')));
  const known = cursors.filter((cursor) => cursor !== null).map(sequenceOf);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** What has been read when a position is committed: topics with more entries to come, and how far those who write had come before. */
export type ReadState = Readonly<{ unfinished: ReadonlySet<ArchivedTopic>; upstream: number | undefined }>;

/** Returns the lowest sequence of which an entry may still have to be stored. No stream may be trimmed beyond it. */
export function lowestNeeded(state: PartitionState, { unfinished, upstream }: ReadState): number {
  const least = [sequenceOf(state.cursors.market.position), ...(upstream === undefined ? [] : [upstream])];
  for (const topic of unfinished) least.push(sequenceOf(state.cursors[topic].position));
  return Math.min(...least);
}

/** Shows the committed positions in Redis: the consumer groups of the topics, for lag and tools, and the reader's need, for the trim. */
export async function followInRedis(bus: Bus, state: PartitionState, neededN: number): Promise<void> {
  const { partition } = state.lease;
  const stored = archivedTopics.filter((topic) => topic === 'market' || compareIds(state.cursors[topic].position, ZERO_ID) > 0);
  await Promise.all([
    ...stored.map((topic) => {
      const { position, entries } = state.cursors[topic];
      return showPosition(bus, READER, { topic, partition, id: position, entriesRead: entries });
    }),
    setNeeded(bus, READER, partition, neededN),
  ]);
}
