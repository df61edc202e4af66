import {
  type Bus,
  type Consumer,
  type ConsumerPartition,
  consumerProgress,
  readConsumers,
  readReaderStates,
  registerConsumer,
  removeConsumer,
} from '@signal/bus';
import type { ConsumerStatus } from '@signal/contracts';
import { timeTextOf } from './bar-body.ts';

/** A consumer group as it was registered, and who did. */
export type ConsumerRow = Pick<ConsumerStatus, 'id' | 'owner' | 'createdAt' | 'topic' | 'group' | 'retentionBudgetMs'>;

/** Consumer groups outside the fleet that trimming waits for. */
export interface Consumers {
  register(wish: Pick<Consumer, 'topic' | 'group' | 'retentionBudgetMs' | 'owner'>): Promise<ConsumerRow>;
  list(): Promise<readonly ConsumerStatus[]>;
  /** Ends a registration; false when there was none. */
  remove(id: string): Promise<boolean>;
}

const rowOf = ({ id, owner, createdAtMs, topic, group, retentionBudgetMs }: Consumer): ConsumerRow => ({
  id,
  owner,
  createdAt: timeTextOf(createdAtMs),
  topic,
  group,
  retentionBudgetMs,
});

/** Unknown in one partition is unknown in all. */
const combined = (values: readonly (number | null)[], combine: (known: readonly number[]) => number): number | null =>
  values.includes(null) ? null : combine(values.map(Number));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

// A partition in which nothing was ever published has nothing to say.
const isOfInterest = ({ position, lagEntries, state }: ConsumerPartition): boolean => position !== '0-0' || lagEntries !== 0 || state === 'dropped';

const statusOf = (consumer: Consumer, partitions: readonly ConsumerPartition[]): ConsumerStatus => ({
  ...rowOf(consumer),
  state: partitions.some(({ state }) => state === 'dropped') ? 'dropped' : 'active',
  lagEntries: combined(
    partitions.map(({ lagEntries }) => lagEntries),
    sum,
  ),
  lagMs: combined(
    partitions.map(({ lagMs }) => lagMs),
    (ages) => Math.max(0, ...ages),
  ),
  budgetUsed: Math.max(0, ...partitions.map(({ budgetUsed }) => budgetUsed)),
  partitions: partitions.filter(isOfInterest),
});

/** Returns the consumers as they stand in Redis. */
export function redisConsumers(bus: Bus): Consumers {
  return {
    register: async (wish) => rowOf(await registerConsumer(bus, wish)),
    list: async () => {
      const [consumers, states] = await Promise.all([readConsumers(bus), readReaderStates(bus)]);
      return Promise.all(consumers.map(async (consumer) => statusOf(consumer, await consumerProgress(bus, consumer, states))));
    },
    remove: (id) => removeConsumer(bus, id),
  };
}
