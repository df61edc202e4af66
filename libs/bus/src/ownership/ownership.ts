import { createBackoff } from '@signal/kernel';
import type { Redis } from 'ioredis';
import type { Bus } from '../bus.ts';
import { assignPartitions } from './assignment.ts';
import { createLeaseTable } from './lease-table.ts';
import type { Lease, LostReason } from './lease.ts';
import { createMembership, type MemberDescription } from './membership.ts';
import { createTicker } from './ticker.ts';

/** What makes a member own partitions of a service. `onAcquired` may take its time; `onLost` finishes the work in hand. */
export type OwnershipOptions = Readonly<{
  service: string;
  info: MemberDescription;
  onAcquired(lease: Lease): Promise<void>;
  onLost(lease: Lease, reason: LostReason): Promise<void>;
  /** Share of time spent working, 0 to 1, shown with the member. */
  busy?(): number;
}>;

/** A member's part of a service's partitions, kept up to date while it runs. */
export interface Ownership {
  start(): Promise<void>;
  /** Finishes, releases and announces every partition, then leaves. */
  stop(): Promise<void>;
  leases(): ReadonlyMap<number, Lease>;
  /** Gives up a lease whose commit was fenced, so that it is asked for anew. */
  giveUp(lease: Lease, reason: LostReason): void;
  /** `undefined` while leases can be renewed, else the reason in words. */
  unhealthy(): string | undefined;
}

const BEATS_PER_TTL = 4;
const FAILED_COOL_DOWN_MS = 1_000;

/** Returns a member's ownership of a service's partitions: heartbeat, ring, leases, announced release. */
export function createOwnership(bus: Bus, options: OwnershipOptions): Ownership {
  const { service } = options;
  const table = createLeaseTable(bus, service);
  const membership = createMembership(bus, service, options.info);
  const channel = bus.keys.released(service);
  const coolDown = new Map<number, number>();
  const ending = new Set<number>();
  const backoff = createBackoff({ baseMs: bus.leaseTtlMs / BEATS_PER_TTL, maxMs: bus.leaseTtlMs });
  let subscriber: Redis | undefined;
  let failure: string | undefined;
  let draining = false;

  const moved = (lease: Lease, reason: string): void => {
    bus.metrics?.partitionMovesTotal.inc({ service, reason });
    bus.log.debug({ service, partition: lease.partition, epoch: lease.epoch, reason }, 'partition moved');
  };

  const finish = async (lease: Lease, reason: LostReason): Promise<void> => {
    try {
      await options.onLost(lease, reason);
    } catch (error) {
      bus.log.error({ service, partition: lease.partition, error: String(error) }, 'work on a lost partition did not end cleanly');
    }
    table.forget(lease);
    moved(lease, reason);
  };

  /** Ends the work on partitions, then gives them back in one call per slot and tells the others. */
  const handOver = async (leases: readonly Lease[], reason: LostReason): Promise<void> => {
    const mine = leases.filter(({ partition }) => !ending.has(partition));
    if (mine.length === 0) return;
    for (const { partition } of mine) ending.add(partition);
    try {
      await Promise.all(mine.map((lease) => finish(lease, reason)));
      if (reason === 'fenced' || reason === 'expired') return;
      await table.release(mine);
      await bus.redis.publish(channel, 'released');
    } finally {
      for (const { partition } of mine) ending.delete(partition);
    }
  };

  const begin = async (lease: Lease): Promise<void> => {
    moved(lease, 'acquired');
    try {
      await options.onAcquired(lease);
    } catch (error) {
      bus.log.error({ service, partition: lease.partition, error: String(error) }, 'an acquired partition could not be taken up');
      coolDown.set(lease.partition, bus.clock.nowMs() + FAILED_COOL_DOWN_MS);
      await handOver([lease], 'failed');
    }
  };

  const inBackground = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => bus.log.warn({ service, error: String(error) }, 'a partition could not be handed over'));
  };

  const wantedOf = (live: readonly string[]): ReadonlySet<number> => {
    const wanted = new Set<number>();
    assignPartitions(live, bus.partitions).forEach((member, partition) => {
      if (member === bus.member) wanted.add(partition);
    });
    return wanted;
  };

  const acquire = async (wanted: ReadonlySet<number>): Promise<number | undefined> => {
    const nowMs = bus.clock.nowMs();
    const missing = [...wanted].filter((partition) => !table.held().has(partition) && !ending.has(partition) && (coolDown.get(partition) ?? 0) <= nowMs);
    if (missing.length === 0) return undefined;
    const { leases, retryInMs } = await table.acquire(missing);
    for (const lease of leases) inBackground(begin(lease));
    return retryInMs;
  };

  const beat = async (): Promise<number | undefined> => {
    const expired = [...table.held().values()].filter((lease) => !lease.valid());
    inBackground(handOver(expired, 'expired'));
    const live = await membership.beat();
    inBackground(handOver(await table.renew(), 'fenced'));
    const wanted = wantedOf(live);
    inBackground(handOver([...table.held().values()].filter(({ partition }) => !wanted.has(partition)), 'moved'));
    const retryInMs = draining ? undefined : await acquire(wanted);
    await membership.describe({ partitions: table.held().size, busy: options.busy?.() ?? 0, draining });
    return retryInMs;
  };

  const ticker = createTicker({
    everyMs: bus.leaseTtlMs / BEATS_PER_TTL,
    run: async () => {
      try {
        const retryInMs = await beat();
        failure = undefined;
        backoff.reset();
        return retryInMs;
      } catch (error) {
        if (failure === undefined) bus.log.warn({ service, error: String(error) }, 'leases cannot be renewed');
        failure = `leases of ${service} cannot be renewed: ${String(error)}`;
        return backoff.nextMs();
      }
    },
  });

  return {
    start: async () => {
      subscriber = bus.connect(`${service}:released`);
      subscriber.on('message', () => ticker.soon());
      inBackground(subscriber.subscribe(channel));
      await ticker.start();
      inBackground(bus.redis.publish(channel, 'joined'));
    },
    stop: async () => {
      draining = true;
      await ticker.stop();
      try {
        await membership.leave();
        await handOver([...table.held().values()], 'stopping');
      } catch (error) {
        bus.log.warn({ service, error: String(error) }, 'partitions could not be released; others wait for the ttl');
      }
      subscriber?.disconnect();
    },
    leases: () => table.held(),
    giveUp: (lease, reason) => {
      inBackground(handOver([lease], reason));
      ticker.soon();
    },
    unhealthy: () => failure,
  };
}
