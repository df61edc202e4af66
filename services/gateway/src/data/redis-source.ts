import { type Bus, readLatest, stateOf } from '@signal/bus';
import type { StreamSource } from '../websocket/snapshots.ts';
import type { LatestSource } from './latest-source.ts';

/** Returns the newest values as they stand in Redis. */
export function redisLatest(bus: Bus): LatestSource {
  return {
    read: (topic, partition, fields) => readLatest(bus, topic, partition, fields),
    fields: (topic, partition) => bus.redis.hkeys(bus.keys.latest(topic, partition)),
  };
}

/** Returns the streams as they stand in Redis. */
export function redisStreams(bus: Bus): StreamSource {
  return {
    lastId: async ({ topic, partition }) => (await stateOf(bus.redis, bus.keys.topic(topic, partition))).lastId,
    async readBack({ topic, partition }, before, count) {
      const reply = (await bus.redis.callBuffer('xrevrange', [bus.keys.topic(topic, partition), before, '-', 'COUNT', count])) as readonly (readonly [
        Buffer,
        readonly Buffer[],
      ])[];
      return reply.map(([id, flat]) => ({ id: String(id), fields: fieldsOf(flat) }));
    },
    generation: async (slot) => Number((await bus.redis.get(bus.keys.generation(slot))) ?? 0),
  };
}

const fieldsOf = (flat: readonly Buffer[]): ReadonlyMap<string, Buffer> => {
  const fields = new Map<string, Buffer>();
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(String(flat[at]), flat[at + 1] as Buffer);
  return fields;
};
