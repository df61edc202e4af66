import type { Bus } from '../bus.ts';

/** How a registered reader stands with the trim of one partition. */
export type ReaderState = Readonly<{
  reader: string;
  partition: number;
  /** Where it was when it was last looked at: a sequence of the log, or an id of a consumer's topic. */
  position: string;
  /** Share of its budget that is used, 0 to 1. */
  budgetUsed: number;
  /** When it was dropped from the trim; undefined while it is within its budget. */
  droppedAtMs: number | undefined;
  /** Times at which it was dropped here, ever. */
  drops: number;
}>;

const stateOf = (partition: number, reader: string, text: string): ReaderState => {
  const [position = '0', , , droppedMs, drops, share] = text.split(' ');
  const dropped = Number(droppedMs ?? 0);
  return {
    reader,
    partition,
    position,
    budgetUsed: Number(share ?? 0),
    droppedAtMs: dropped === 0 ? undefined : dropped,
    drops: Number(drops ?? 0),
  };
};

/** Returns what the trims last found of every registered reader and consumer, by partition. */
export async function readReaderStates(bus: Bus): Promise<readonly ReaderState[]> {
  const byPartition = await Promise.all(
    Array.from({ length: bus.partitions }, async (_, partition) => {
      const fields = await bus.redis.hgetall(bus.keys.readers(partition));
      return Object.entries(fields).map(([reader, text]) => stateOf(partition, reader, text));
    }),
  );
  return byPartition.flat();
}
