import { SignalError } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { runScript } from '../scripts/run-script.ts';
import { type Consumer, consumerId, type ConsumerWish } from './consumer.ts';

/** Consumers of a deployment at most: each is looked up in every trim of its topic. */
export const MAX_CONSUMERS = 100;

const registryKey = (bus: Bus): string => bus.keys.global('consumers');
const partitionsOf = (bus: Bus): readonly number[] => Array.from({ length: bus.partitions }, (_, partition) => partition);

/** Returns the registered consumers, oldest first. */
export async function readConsumers(bus: Bus): Promise<readonly Consumer[]> {
  const texts = Object.values(await bus.redis.hgetall(registryKey(bus)));
  return texts.map((text) => JSON.parse(text) as Consumer).toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
}

/**
 * Registers a consumer group with the trims of a topic, or renews it, and returns it. When this returns, no partition is trimmed past
 * the group any more. A failure half-way leaves it registered in some partitions; trying again, or removing it, sets that right.
 */
export async function registerConsumer(bus: Bus, wish: ConsumerWish): Promise<Consumer> {
  const { topic, group, retentionBudgetMs } = wish;
  const id = consumerId(topic, group);
  const known = await readConsumers(bus);
  const before = known.find((one) => one.id === id);
  if (before === undefined && known.length >= MAX_CONSUMERS)
    throw new SignalError('argument_invalid', `${known.length} consumers are registered, and there may be ${MAX_CONSUMERS}`);
  const consumer: Consumer = { createdAtMs: bus.clock.nowMs(), ...before, ...wish, id };
  // First, so that one that got only half-way is seen and can be removed.
  await bus.redis.hset(registryKey(bus), id, JSON.stringify(consumer));
  const { keys } = bus;
  await Promise.all(
    partitionsOf(bus).map((partition) =>
      runScript(bus.redis, 'registerConsumer', {
        keys: [keys.consumers(partition), keys.readers(partition), keys.topic(topic, partition)],
        args: [id, group, `${topic} ${group} ${retentionBudgetMs}`],
      }),
    ),
  );
  return consumer;
}

/** Ends a registration: nothing is kept for the group any more; the group itself stays. Returns whether there was one. */
export async function removeConsumer(bus: Bus, id: string): Promise<boolean> {
  if ((await bus.redis.hexists(registryKey(bus), id)) === 0) return false;
  await Promise.all(
    partitionsOf(bus).flatMap((partition) => [bus.redis.hdel(bus.keys.consumers(partition), id), bus.redis.hdel(bus.keys.readers(partition), id)]),
  );
  // Last, so that a removal that got only half-way can be tried again.
  await bus.redis.hdel(registryKey(bus), id);
  return true;
}
