import { clearNeeded, createBus, setNeeded } from '@signal/bus';
import { publicTopics, type Topic } from '@signal/contracts';
import { createLogger, systemClock } from '@signal/kernel';
import { setTimeout as wait } from 'node:timers/promises';
import { createEverythingReader } from './read-everything.ts';
import type { Recording } from './recording.ts';

/** Which run to record. `topics` are the public ones unless named. */
export type RecordOptions = Readonly<{ redisUrl: string; namespace?: string; partitions?: number; topics?: readonly Topic[]; reader?: string }>;

/** A recording under way. */
export interface Recorder {
  /** Reads what is there to its end, takes back its registration, and returns everything since the start. */
  stop(): Promise<Recording>;
}

const PAUSE_MS = 20;

/**
 * Records everything that a run publishes, from the first entry on. It registers as a reader of every partition, so that no trim passes
 * it; begun before the fleet, it misses nothing, and what it does miss stands in `gaps`.
 */
export async function recordRun(options: RecordOptions): Promise<Recorder> {
  const { redisUrl, namespace = '', partitions = 64, topics = publicTopics, reader = 'comparator' } = options;
  const log = createLogger({ service: reader, member: reader, level: 'warn' });
  const bus = await createBus({ redisUrl, namespace, partitions, member: reader, leaseTtlMs: 2_000, log, clock: systemClock });
  const everything = createEverythingReader(bus, { topics, reader });
  const everyPartition = Array.from({ length: partitions }, (_, partition) => partition);
  let stopping = false;
  const loop = async (): Promise<void> => {
    while (!stopping) {
      // Redis may be away while a test kills it; the cursors stand where they stood.
      const read = await everything.readOn().catch(() => 0);
      if (read === 0) await wait(PAUSE_MS);
    }
  };
  await Promise.all(everyPartition.map((partition) => setNeeded(bus, reader, partition, 0)));
  const ended = loop();
  return {
    stop: async () => {
      stopping = true;
      await ended;
      await everything.readToEnd();
      await Promise.all(everyPartition.map((partition) => clearNeeded(bus, reader, partition)));
      await bus.close();
      return everything.recording();
    },
  };
}
