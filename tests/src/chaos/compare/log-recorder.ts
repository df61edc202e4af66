import { type Bus, clearNeeded, createBus, readStreams, setNeeded } from '@signal/bus';
import { SignalError, slotOf, type Topic } from '@signal/contracts';
import { createLogger, systemClock } from '@signal/kernel';
import { setTimeout as wait } from 'node:timers/promises';
import { LoggedEntries, type RecordedLog } from './logged-entries.ts';

/** A recording under way. */
export interface LogRecorder {
  /** Reads what is there to its end, takes back its registration, and returns everything. */
  stop(): Promise<RecordedLog>;
  close(): Promise<void>;
}

/** Topics that are compared, `market` itself first. */
export const comparedTopics = ['market', 'bars', 'indicators', 'greeks', 'chains', 'scripts', 'alerts'] as const satisfies readonly Topic[];

const READER = 'chaos';
const READ_ENTRIES = 200;
const PAUSE_MS = 20;
const MAX_FAILURES = 50;
type Stream = Readonly<{ partition: number; key: string }>;

const everyPartitionOf = (bus: Bus): readonly number[] => Array.from({ length: bus.partitions }, (_, partition) => partition);

const streamsBySlot = (bus: Bus): readonly (readonly Stream[])[] => {
  const streams = everyPartitionOf(bus).flatMap((partition) =>
    comparedTopics.map((topic): Stream => ({ partition, key: bus.keys.topic(topic, partition) })),
  );
  return [...Map.groupBy(streams, ({ partition }) => slotOf(partition)).values()];
};

/** Reads on from where it is, one reply of each slot, and returns how many streams had something. */
const readerOf = (bus: Bus, logged: Map<string, LoggedEntries>): (() => Promise<number>) => {
  const slots = streamsBySlot(bus);
  const lastOf = ({ key }: Stream): string => logged.get(key)?.lastId() ?? '0-0';
  const readSlot = async (inSlot: readonly Stream[]): Promise<number> => {
    const reply = await readStreams(bus.bulk, { cursors: new Map(inSlot.map((stream) => [stream.key, lastOf(stream)])), count: READ_ENTRIES });
    for (const [key, entries] of reply) {
      const known = logged.get(key) ?? new LoggedEntries();
      logged.set(key, known);
      for (const entry of entries) known.add(entry);
    }
    for (const partition of new Set(inSlot.filter(({ key }) => reply.has(key)).map((stream) => stream.partition))) {
      const lasts = inSlot.filter((stream) => stream.partition === partition && logged.has(stream.key)).map(lastOf);
      await setNeeded(bus, READER, partition, Math.min(...lasts.map((id) => Number.parseInt(id, 10))));
    }
    return reply.size;
  };
  return async () => {
    let read = 0;
    for (const inSlot of slots) read += await readSlot(inSlot);
    return read;
  };
};

/** Records from the first entry on. It is a registered reader, so that no trim passes it; whatever it misses shows as lost. */
export async function recordLog({ redisUrl, partitions }: Readonly<{ redisUrl: string; partitions: number }>): Promise<LogRecorder> {
  const log = createLogger({ service: READER, member: READER, level: 'error' });
  const bus = await createBus({ redisUrl, namespace: '', partitions, member: READER, leaseTtlMs: 2_000, log, clock: systemClock });
  const logged = new Map<string, LoggedEntries>();
  const readOn = readerOf(bus, logged);
  let stopping = false;
  const loop = async (): Promise<void> => {
    while (!stopping) {
      // Redis may be away while it is killed; what was read stands.
      const read = await readOn().catch(() => 0);
      if (read === 0) await wait(PAUSE_MS);
    }
  };
  const readToEnd = async (): Promise<void> => {
    for (let failures = 0; failures < MAX_FAILURES;) {
      const read = await readOn().catch(() => -1);
      if (read === 0) return;
      if (read < 0) failures += 1;
    }
    throw new SignalError('redis_failed', `a recording could not be read to its end: Redis failed ${MAX_FAILURES} times`);
  };
  await Promise.all(everyPartitionOf(bus).map((partition) => setNeeded(bus, READER, partition, 0)));
  const ended = loop();
  return {
    stop: async () => {
      stopping = true;
      await ended;
      await readToEnd();
      await Promise.all(everyPartitionOf(bus).map((partition) => clearNeeded(bus, READER, partition)));
      return logged;
    },
    close: async () => {
      stopping = true;
      await ended;
      await bus.close();
    },
  };
}
