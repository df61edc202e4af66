import type { Topic } from '@signal/contracts';
import type { Bus } from '../bus.ts';

/** Returns the newest values of a topic in a partition: those of `fields`, or all. Fields without a value are absent. */
export async function readLatest(
  bus: Bus,
  topic: Topic,
  ...at: readonly [partition: number, fields?: readonly string[]]
): Promise<Map<string, Buffer>> {
  const [partition, fields] = at;
  const key = bus.keys.latest(topic, partition);
  if (fields === undefined) return new Map(Object.entries(await bus.redis.hgetallBuffer(key)));
  const values = fields.length === 0 ? [] : await bus.redis.hmgetBuffer(key, ...fields);
  return new Map(
    fields.flatMap((field, index) => {
      const value = values[index];
      return value === null || value === undefined ? [] : [[field, value] as const];
    }),
  );
}
