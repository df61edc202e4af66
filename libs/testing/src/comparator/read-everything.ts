import { type Bus, type RawEntry, readStreams, sequenceOf, setNeeded } from '@signal/bus';
import { SignalError, slotOf, type Topic } from '@signal/contracts';
import { type RecordedSignal, type Recording, signalsOf } from './recording.ts';

/** Reads streams from their beginnings, keeps what was published, and says how far it came so that no trim passes it. */
export interface EverythingReader {
  /** Reads one reply of each slot; returns how many streams had something. */
  readOn(): Promise<number>;
  /** Reads until nothing is left. */
  readToEnd(): Promise<void>;
  recording(): Recording;
}

type Stream = Readonly<{ topic: Topic; partition: number; key: string }>;

/** Few enough that decoding one reply does not hold the event loop past a command's deadline. */
const READ_ENTRIES = 100;
const MAX_FAILURES = 10;

const streamsBySlot = (bus: Bus, topics: readonly Topic[]): readonly (readonly Stream[])[] => {
  const streams = Array.from({ length: bus.partitions }, (_, partition) =>
    topics.map((topic) => ({ topic, partition, key: bus.keys.topic(topic, partition) })),
  ).flat();
  return [...Map.groupBy(streams, ({ partition }) => slotOf(partition)).values()];
};

/** Returns a reader of every partition of some topics, registered under the name `reader`. */
export function createEverythingReader(bus: Bus, { topics, reader }: Readonly<{ topics: readonly Topic[]; reader: string }>): EverythingReader {
  const slots = streamsBySlot(bus, topics);
  const cursors = new Map(slots.flat().map(({ key }) => [key, '0-0']));
  const signals = new Map<string, RecordedSignal[]>();
  const gaps: string[] = [];

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

  const readOn = async (): Promise<number> => {
    let read = 0;
    for (const streams of slots) read += await readSlot(streams);
    return read;
  };

  return {
    readOn,
    readToEnd: async () => {
      for (let failures = 0; failures < MAX_FAILURES;) {
        const read = await readOn().catch(() => -1);
        if (read === 0) return;
        if (read < 0) failures += 1;
      }
      throw new SignalError('redis_failed', `a recording could not be read to its end: Redis failed ${MAX_FAILURES} times`);
    },
    recording: () => ({ signals, gaps }),
  };
}
