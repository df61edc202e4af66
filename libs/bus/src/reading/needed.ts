import type { Topic } from '@signal/contracts';
import type { Bus } from '../bus.ts';

/** Registers that `reader` still needs every entry after sequence `n` of a partition, of the log and of the public topics. */
export async function setNeeded(bus: Bus, reader: string, ...at: readonly [partition: number, n: number]): Promise<void> {
  const [partition, n] = at;
  await bus.redis.hset(bus.keys.needed(partition), reader, n);
}

/** Ends a reader's registration: nothing is kept for it any more. */
export async function clearNeeded(bus: Bus, reader: string, partition: number): Promise<void> {
  await bus.redis.hdel(bus.keys.needed(partition), reader);
}

/** Shows a position kept elsewhere as a consumer group of a topic, for lag, back-pressure and tools; it is made if it is missing. */
export async function showPosition(
  bus: Bus,
  reader: string,
  at: Readonly<{ topic: Topic; partition: number; id: string; entriesRead: number }>,
): Promise<void> {
  const key = bus.keys.topic(at.topic, at.partition);
  try {
    await bus.redis.xgroup('CREATE', key, reader, at.id, 'MKSTREAM', 'ENTRIESREAD', at.entriesRead);
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('BUSYGROUP'))) throw error;
    await bus.redis.xgroup('SETID', key, reader, at.id, 'ENTRIESREAD', at.entriesRead);
  }
}
