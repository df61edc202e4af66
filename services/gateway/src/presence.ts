import { type Bus, createMembership } from '@signal/bus';

const BEATS_PER_TTL = 4;
/** Owns no partition, and so has nothing to be busy with that the bus could measure. */
const load = { partitions: 0, busy: 0 } as const;

/** This gateway's place among the members of the fleet. */
export interface Presence {
  start(): Promise<void>;
  /** Says that this member takes no new requests. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

type PresenceDeps = Readonly<{ bus: Bus; url: string; onFailure: (error: unknown) => void }>;

/** Returns a presence that beats while it runs, as the owners of partitions do. */
export function createPresence({ bus, url, onFailure }: PresenceDeps): Presence {
  const membership = createMembership(bus, 'gateway', { pid: process.pid, url });
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<unknown> = Promise.resolve();
  const beat = async (): Promise<void> => {
    await membership.beat();
    await membership.describe({ ...load, draining: false });
  };
  return {
    async start() {
      await beat();
      timer = setInterval(() => {
        beating = beat().catch(onFailure);
      }, bus.leaseTtlMs / BEATS_PER_TTL);
    },
    async drain() {
      clearInterval(timer);
      await beating;
      await membership.describe({ ...load, draining: true }).catch(onFailure);
    },
    stop: () => membership.leave().catch(onFailure),
  };
}
