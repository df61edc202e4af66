import { clearNeeded, createBus, type RawEntry, readStreams, sequenceOf, setNeeded, type Bus } from '@signal/bus';
import { publicTopics, SignalError, slotOf, type Topic } from '@signal/contracts';
import { createLogger, systemClock } from '@signal/kernel';
import { setTimeout as wait } from 'node:timers/promises';
import { type RecordedSignal, type Recording, signalsOf } from './recording.ts';

/** Which run to record. `topics` are the public ones unless named. */
export type RecordOptions = Readonly<{ redisUrl: string; namespace?: string; partitions?: number; topics?: readonly Topic[]; reader?: string }>;

/** A recording under way. */
export interface Recorder {
  /** Reads what is there to its end, takes back its registration, and returns everything since the start. */
  stop(): Promise<Recording>;
}

type Stream = Readonly<{ topic: Topic; partition: number; key: string }>;

/** Few enough that decoding one reply does not hold the event loop past a command's deadline. */
const READ_ENTRIES = 100;
const PAUSE_MS = 20;
const MAX_FAILURES = 10;

const streamsBySlot = (bus: Bus, topics: readonly Topic[]): readonly (readonly Stream[])[] => {
  const streams = Array.from({ length: bus.partitions }, (_, partition) =>
    topics.map((topic) => ({ topic, partition, key: bus.keys.topic(topic, partition) })),
  ).flat();
  return [...Map.groupBy(streams, ({ partition }) => slotOf(partition)).values()];
};

/**
 * Records everything that a run publishes, from the first entry on. It registers as a reader of every partition, so that no trim passes
 * it; begun before the fleet, it misses nothing, and what it does miss stands in `gaps`.
 */
export async function recordRun(options: RecordOptions): Promise<Recorder> {
  const reader = options.reader ?? 'comparator';
  const log = createLogger({ service: reader, member: reader, level: 'warn' });
  const { redisUrl, namespace = '', partitions = 64 } = options;
  const bus = await createBus({ redisUrl, namespace, partitions, member: reader, leaseTtlMs: 2_000, log, clock: systemClock });
  const slots = streamsBySlot(bus, options.topics ?? publicTopics);
  const cursors = new Map(slots.flat().map(({ key }) => [key, '0-0']));
  const signals = new Map<string, RecordedSignal[]>();
  const gaps: string[] = [];
  let stopping = false;

  const take = (stream: Stream, entry: RawEntry): void => {
    const cursor = cursors.get(stream.key) ?? '0-0';
    const prev = String(entry.fields.get('prev'));
    if (prev !== cursor) gaps.push(`${stream.key}: ${entry.id} follows ${prev}, and ${cursor} was read last`);
    cursors.set(stream.key, entry.id);
    for (const [key, signal] of signalsOf(stream.topic, entry)) {
      const known = signals.get(key);
      if (known === undefined) signals.set(key, [signal]);
      else known.push(signal);
    }
  };

  const readSlot = async (streams: readonly Stream[]): Promise<number> => {
    const reply = await readStreams(bus.redis, { cursors: new Map(streams.map(({ key }) => [key, cursors.get(key) ?? '0-0'])), count: READ_ENTRIES });
    for (const stream of streams) for (const entry of reply.get(stream.key) ?? []) take(stream, entry);
    const moved = streams.filter(({ key }) => reply.has(key)).map(({ partition }) => partition);
    for (const partition of new Set(moved)) {
      const read = streams.filter((stream) => stream.partition === partition).map(({ key }) => sequenceOf(cursors.get(key) ?? '0-0'));
      await setNeeded(bus, reader, partition, Math.min(...read));
    }
    return reply.size;
  };

  const readAll = async (): Promise<number> => {
    let read = 0;
    for (const streams of slots) read += await readSlot(streams);
    return read;
  };

  const loop = async (): Promise<void> => {
    while (!stopping) {
      // Redis may be away while a test kills it; the cursors stand where they stood.
      const read = await readAll().catch(() => 0);
      if (read === 0) await wait(PAUSE_MS);
    }
  };

  const readToEnd = async (): Promise<void> => {
    for (let failures = 0; failures < MAX_FAILURES;) {
      const read = await readAll().catch(() => -1);
      if (read === 0) return;
      if (read < 0) failures += 1;
    }
    throw new SignalError('redis_failed', `a recording could not be read to its end: Redis failed ${MAX_FAILURES} times`);
  };

  const everyPartition = Array.from({ length: partitions }, (_, partition) => partition);
  await Promise.all(everyPartition.map((partition) => setNeeded(bus, reader, partition, 0)));
  const ended = loop();
  return {
    stop: async () => {
      stopping = true;
      await ended;
      await readToEnd();
      await Promise.all(everyPartition.map((partition) => clearNeeded(bus, reader, partition)));
      await bus.close();
      return { signals, gaps };
    },
  };
}
