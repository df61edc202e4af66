import { Counter, Gauge } from 'prom-client';
import type { Bus } from '../bus.ts';
import { DEAD_LETTERS_KEPT } from './dead-letter.ts';

/** Looks after the bound of the dead letters, so that what it drops is counted and said. */
export interface LetterWatch {
  /** Counts once; a failure is thrown. */
  check(): Promise<void>;
}

/** What a full stream has dropped since it began. */
type Dropped = Readonly<{ key: string; service: string; count: number }>;

const register = (bus: Bus) => {
  const registers = bus.metrics === undefined ? [] : [bus.metrics.registry];
  return {
    kept: new Gauge({ name: 'signal_dead_letters_kept', help: 'Dead letters that can be read', labelNames: ['service'], registers }),
    dropped: new Counter({
      name: 'signal_dead_letters_dropped_total',
      help: 'Dead letters dropped by the bound of their stream before anybody discarded them',
      labelNames: ['service'],
      registers,
    }),
  };
};

/** All letters ever added, less those that are there and those that somebody discarded. */
const droppedOf = async (bus: Bus, service: string, partition: number): Promise<Dropped> => {
  const key = bus.keys.dead(service, partition);
  const [info, discarded] = await Promise.all([
    bus.redis.xinfo('STREAM', key) as Promise<readonly unknown[]>,
    bus.redis.hget(bus.keys.letterMarks(service, partition), 'discarded'),
  ]);
  const figure = (name: string): number => Number(info[info.indexOf(name) + 1]);
  return { key, service, count: Math.max(0, figure('entries-added') - figure('length') - Number(discarded ?? 0)) };
};

/** Returns a watch over the letters of some services. It asks every stream for its length, and the full ones for more. */
export function createLetterWatch(bus: Bus, services: readonly string[]): LetterWatch {
  const metrics = register(bus);
  const told = new Map<string, number>();
  // A series that begins with its first loss has no rise that an alarm could see.
  for (const service of services) metrics.dropped.inc({ service }, 0);

  const tell = ({ key, service, count }: Dropped): void => {
    const before = told.get(key) ?? 0;
    if (count <= before) return;
    told.set(key, count);
    metrics.dropped.inc({ service }, count - before);
    bus.log.error({ key, dropped: count, kept: DEAD_LETTERS_KEPT }, 'dead letters were dropped unread: the stream is full');
  };
  const checkService = async (service: string): Promise<void> => {
    const partitions = Array.from({ length: bus.partitions }, (_, partition) => partition);
    const lengths = await Promise.all(partitions.map((partition) => bus.redis.xlen(bus.keys.dead(service, partition))));
    metrics.kept.set(
      { service },
      lengths.reduce((sum, length) => sum + length, 0),
    );
    const full = partitions.filter((partition) => (lengths[partition] ?? 0) >= DEAD_LETTERS_KEPT);
    for (const one of await Promise.all(full.map((partition) => droppedOf(bus, service, partition)))) tell(one);
  };
  return {
    check: async () => {
      await Promise.all(services.map(checkService));
    },
  };
}
