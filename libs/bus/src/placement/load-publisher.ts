import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import type { PartitionLoad, PartitionWork } from '../ownership/partition-work.ts';
import { type Measured, smoothLoad } from './load-meter.ts';

/** Tells the others what a member's partitions cost. */
export interface LoadPublisher {
  /** Measures and stores what changed, at most once a second. */
  publish(held: Iterable<number>, serverNowMs: number): Promise<void>;
}

const PUBLISH_EVERY_MS = 1_000;

const rounded = ({ busy, entriesPerS }: Measured): Measured => ({ busy: Math.round(busy * 1_000) / 1_000, entriesPerS: Math.round(entriesPerS) });

/** Returns the publisher of a member's loads; without `takeWork` nothing is measured and nothing is published. */
export function createLoadPublisher(bus: Bus, service: string, takeWork?: () => ReadonlyMap<number, PartitionWork>): LoadPublisher {
  const key = bus.keys.load(service);
  const measured = new Map<number, Measured>();
  const stored = new Map<number, string>();
  let lastMs = performance.now();

  /** A partition new to this member goes on from what its last owner had measured. */
  const takeUp = async (partitions: readonly number[]): Promise<void> => {
    if (partitions.length === 0) return;
    const texts = await bus.redis.hmget(key, ...partitions.map(String));
    texts.forEach((text, index) => {
      if (text !== null && text !== undefined) measured.set(partitions[index] as number, JSON.parse(text) as PartitionLoad);
    });
  };
  const forgetOthers = (held: ReadonlySet<number>): void => {
    for (const partition of [...measured.keys(), ...stored.keys()]) {
      if (held.has(partition)) continue;
      measured.delete(partition);
      stored.delete(partition);
    }
  };

  return {
    publish: async (partitions, serverNowMs) => {
      const nowMs = performance.now();
      const overMs = nowMs - lastMs;
      if (takeWork === undefined || overMs < PUBLISH_EVERY_MS) return;
      lastMs = nowMs;
      const work = takeWork();
      const held = new Set(partitions);
      forgetOthers(held);
      await takeUp([...held].filter((partition) => !measured.has(partition)));
      const changed = new Map<number, string>();
      for (const partition of held) {
        const load = smoothLoad(measured.get(partition), work.get(partition), overMs);
        measured.set(partition, load);
        const text = JSON.stringify(rounded(load));
        if (stored.get(partition) !== text) changed.set(partition, text);
      }
      if (changed.size === 0) return;
      const loads = [...changed].map(([partition, text]): [number, PartitionLoad] => [
        partition,
        { partition, member: bus.member, ...(JSON.parse(text) as Measured), atMs: serverNowMs },
      ]);
      await bus.redis.hset(key, new Map(loads.map(([partition, load]) => [String(partition), JSON.stringify(load)])));
      for (const [partition, text] of changed) stored.set(partition, text);
    },
  };
}
