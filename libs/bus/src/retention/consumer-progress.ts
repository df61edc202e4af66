import type { Bus } from '../bus.ts';
import { compareIds, sequenceOf, ZERO_ID } from '../redis/stream-id.ts';
import { rangeOf, stateOf } from '../redis/stream-replies.ts';
import type { Consumer } from './consumer.ts';
import type { ReaderState } from './reader-states.ts';

/** How a consumer stands in one partition of its topic. `null` means unknown, never 0. */
export type ConsumerPartition = Readonly<{
  partition: number;
  /** Last id delivered to the group; null when the group is gone. */
  position: string | null;
  pending: number;
  lagEntries: number | null;
  lagMs: number | null;
  budgetUsed: number;
  state: 'active' | 'dropped';
}>;

type Group = Readonly<{ lastId: string; pending: number; lag: number | null }>;

const groupOf = async (bus: Bus, key: string, name: string): Promise<Group | undefined> => {
  const rows = (await bus.redis.call('xinfo', ['GROUPS', key])) as readonly (readonly unknown[])[];
  const row = rows.find((flat) => flat[flat.indexOf('name') + 1] === name);
  if (row === undefined) return undefined;
  const valueOf = (field: string): unknown => row[row.indexOf(field) + 1];
  const lag = valueOf('lag');
  return { lastId: String(valueOf('last-delivered-id')), pending: Number(valueOf('pending')), lag: lag === null ? null : Number(lag) };
};

/** Age of the first entry after a position: public topics carry the ids of their market entries, which know when they were flushed. */
const ageMs = async (bus: Bus, consumer: Consumer, at: Readonly<{ partition: number; position: string }>): Promise<number | null> => {
  const [next] = await rangeOf(bus.redis, bus.keys.topic(consumer.topic, at.partition), { from: `(${at.position}`, to: '+', count: 1 });
  if (next === undefined) return 0;
  const n = `${sequenceOf(next.id)}-0`;
  const [entry] = await rangeOf(bus.redis, bus.keys.topic('market', at.partition), { from: n, to: n, count: 1 });
  const wall = entry?.fields.get('w')?.toString();
  return wall === undefined ? null : Math.max(0, bus.clock.nowMs() - Number(wall));
};

const progressIn = async (bus: Bus, consumer: Consumer, at: Readonly<{ partition: number; state: ReaderState | undefined }>) => {
  const { partition, state } = at;
  const key = bus.keys.topic(consumer.topic, partition);
  const shared = {
    partition,
    budgetUsed: state?.budgetUsed ?? 0,
    state: state?.droppedAtMs === undefined ? ('active' as const) : ('dropped' as const),
  };
  const { lastId } = await stateOf(bus.redis, key);
  // Without a stream there is nothing to be behind of.
  const group = lastId === ZERO_ID ? { lastId: ZERO_ID, pending: 0, lag: 0 } : await groupOf(bus, key, consumer.group);
  if (group === undefined) return { ...shared, position: null, pending: 0, lagEntries: null, lagMs: null };
  const isAtEnd = compareIds(lastId, group.lastId) <= 0;
  const lagMs = isAtEnd ? 0 : await ageMs(bus, consumer, { partition, position: group.lastId });
  return { ...shared, position: group.lastId, pending: group.pending, lagEntries: isAtEnd ? 0 : group.lag, lagMs };
};

/** Returns how a consumer stands in every partition of its topic. */
export async function consumerProgress(bus: Bus, consumer: Consumer, states: readonly ReaderState[]): Promise<readonly ConsumerPartition[]> {
  const mine = new Map(states.filter(({ reader }) => reader === consumer.id).map((state) => [state.partition, state]));
  return Promise.all(Array.from({ length: bus.partitions }, (_, partition) => progressIn(bus, consumer, { partition, state: mine.get(partition) })));
}
