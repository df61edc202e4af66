import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { mastersOf } from '../redis/redis-nodes.ts';

/** CPU seconds of the main thread, which is what runs commands; of the whole process where the server does not tell them apart. */
const cpuSeconds = (info: string): number => {
  const valueOf = (name: string): number | undefined => {
    const found = new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const ofThread = (kind: string): number => valueOf(`used_cpu_${kind}_main_thread`) ?? valueOf(`used_cpu_${kind}`) ?? 0;
  return ofThread('user') + ofThread('sys');
};

/** Returns a function that says which share of its core the busiest Redis master worked since the last call; undefined where that is not known. */
export function createRedisBusy(bus: Bus): () => Promise<number | undefined> {
  let before: Readonly<{ atMs: number; seconds: readonly number[] }> | undefined;
  return async () => {
    const masters = await mastersOf(bus.redis);
    const seconds = await Promise.all(masters.map(async (master) => cpuSeconds(await master.info('cpu'))));
    const now = { atMs: performance.now(), seconds };
    const last = before;
    before = now;
    if (last === undefined || last.seconds.length !== seconds.length || now.atMs <= last.atMs) return undefined;
    const shares = seconds.map((used, i) => (used - (last.seconds[i] ?? used)) / ((now.atMs - last.atMs) / 1_000));
    return Math.min(1, Math.max(0, ...shares));
  };
}
