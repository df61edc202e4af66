import type { Metrics } from '@signal/kernel';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What this process knows of the budgets of registered readers, in the partitions that it trims. */
export interface RetentionMetrics {
  /** Notes which share of its budget a reader used in a partition, 0 to 1. */
  used(reader: string, at: Readonly<{ topic: string; partition: number; share: number }>): void;
  dropped(reader: string): void;
}

/** What was said so long ago belongs to a partition that another member trims now. */
const FORGET_AFTER_MS = 30_000;

const known = new WeakMap<Registry, RetentionMetrics>();

/** Returns the retention metrics of a process, made at the first call. */
export function retentionMetrics({ registry }: Metrics): RetentionMetrics {
  const found = known.get(registry) ?? createRetentionMetrics(registry);
  known.set(registry, found);
  return found;
}

function createRetentionMetrics(registry: Registry): RetentionMetrics {
  const shares = new Map<string, Map<string, Readonly<{ share: number; atMs: number }>>>();
  const registers = [registry];
  const droppedTotal = new Counter({
    name: 'signal_reader_dropped_total',
    help: 'Times at which a registered reader was dropped from the trim of a partition',
    labelNames: ['reader'],
    registers,
  });
  // Made for its side effect: the registry collects it.
  void new Gauge({
    name: 'signal_reader_budget_used',
    help: 'Share of its retention budget that a registered reader used, 0 to 1, in the worst partition',
    labelNames: ['reader'],
    registers,
    collect() {
      this.reset();
      for (const [reader, places] of shares) {
        for (const [place, { atMs }] of places) if (performance.now() - atMs > FORGET_AFTER_MS) places.delete(place);
        if (places.size > 0) this.set({ reader }, Math.max(...[...places.values()].map(({ share }) => share)));
      }
    },
  });
  return {
    used: (reader, { topic, partition, share }) => {
      const places = shares.get(reader) ?? new Map<string, Readonly<{ share: number; atMs: number }>>();
      shares.set(reader, places);
      places.set(`${topic}:${partition}`, { share, atMs: performance.now() });
    },
    dropped: (reader) => droppedTotal.inc({ reader }),
  };
}
