import type { Logger } from '@signal/kernel';
import { performance } from 'node:perf_hooks';
import { countBreaks } from './count-breaks.ts';
import type { RedisClient } from './redis-client.ts';
import { connectionTo, nodeOf } from './redis-nodes.ts';

/** Waits until replicas hold what was written. Without wanted replicas it asks nothing and everything counts as confirmed. */
export interface ReplicaWait {
  readonly wanted: number;
  /** Runs a write and returns its result, and whether as many replicas as wanted hold it. One that is not confirmed is written all the same. */
  write<T>(key: string, work: () => Promise<T>): Promise<Readonly<{ result: T; isConfirmed: boolean }>>;
}

const WAIT_MS = 500;
/** While replicas are known to be away: the writer goes on, and only asks whether they are back. */
const AWAY_WAIT_MS = 1;
const AWAY_FOR_MS = 5_000;

/** Returns what waits for `wanted` replicas of the node that a client writes to. */
export function createReplicaWait(client: RedisClient, { wanted, log }: Readonly<{ wanted: number; log: Logger }>): ReplicaWait {
  const breaks = countBreaks(client);
  let awayUntilMs = 0;
  let isAway = false;

  const say = (isMet: boolean, found: number): void => {
    if (!isMet) awayUntilMs = performance.now() + AWAY_FOR_MS;
    if (isMet === !isAway) return;
    isAway = !isMet;
    if (isAway) log.warn({ wanted, found }, 'replicas do not confirm what is written: a failover now would lose it');
    else log.info({ wanted }, 'replicas confirm again what is written');
  };
  const confirm = async (key: string, before: number): Promise<boolean> => {
    const server = connectionTo(client, nodeOf(client, key) ?? '');
    const found = (await server?.wait(wanted, performance.now() < awayUntilMs ? AWAY_WAIT_MS : WAIT_MS).catch(() => 0)) ?? 0;
    // WAIT speaks of what this very connection wrote; another one wrote nothing yet, and is told that all is well.
    const isMet = found >= wanted && breaks() === before;
    say(isMet, found);
    return isMet;
  };
  return {
    wanted,
    write: async (key, work) => {
      if (wanted === 0) return { result: await work(), isConfirmed: true };
      const before = breaks();
      const result = await work();
      return { result, isConfirmed: await confirm(key, before) };
    },
  };
}
