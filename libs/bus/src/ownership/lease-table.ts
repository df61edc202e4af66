import { slotOf } from '@signal/contracts';
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { runScript } from '../scripts/run-script.ts';
import type { Lease } from './lease.ts';

/** Part of the ttl after which a lease counts as lost here: the rest is for clocks that run apart. */
const TRUSTED_PART = 0.9;

/** A call holds Redis for a millisecond at most. */
const MOST_IN_A_CALL = 256;

type HeldLease = Lease & { prolong(fromMs: number): void };

/** What an attempt to acquire brought: leases, and after how long the soonest of the others may be free. */
export type Acquired = Readonly<{ leases: readonly Lease[]; retryInMs: number | undefined }>;

/** This member's leases of one service. */
export interface LeaseTable {
  held(): ReadonlyMap<number, Lease>;
  acquire(partitions: readonly number[]): Promise<Acquired>;
  /** Prolongs all leases, one call in all or per slot of a cluster, and returns those that turned out to be lost. */
  renew(): Promise<readonly Lease[]>;
  /** Takes a lease out of the table without telling Redis. */
  forget(lease: Lease): void;
  /** Gives leases back, so that others can take them at once. */
  release(leases: readonly Lease[]): Promise<void>;
}

/** What one call may hold: the partitions of a slot in a cluster, of all slots on one Redis, where a call a slot would be most of its load. */
const inCalls = <T>(bus: Bus, items: readonly T[], partitionOf: (item: T) => number): readonly (readonly T[])[] => [
  ...Map.groupBy(items, (item, index) => (bus.isCluster ? slotOf(partitionOf(item)) : Math.floor(index / MOST_IN_A_CALL))).values(),
];

/** What Redis granted, and from when on it counts. */
type Granted = Pick<Lease, 'partition' | 'epoch' | 'nonce' | 'clean'> & Readonly<{ fromMs: number }>;

const leaseOf = (bus: Bus, service: string, { fromMs, ...granted }: Granted): HeldLease => {
  const trustedMs = bus.leaseTtlMs * TRUSTED_PART;
  let validUntilMs = fromMs + trustedMs;
  return {
    ...granted,
    service,
    member: bus.member,
    valid: () => performance.now() < validUntilMs,
    prolong: (nextFromMs) => {
      validUntilMs = nextFromMs + trustedMs;
    },
  };
};

/** Returns an empty table of leases. */
export function createLeaseTable(bus: Bus, service: string): LeaseTable {
  const held = new Map<number, HeldLease>();
  const keysOf = (partitions: readonly number[]): string[] => partitions.map((partition) => bus.keys.lease(service, partition));

  const acquireAtOnce = async (partitions: readonly number[]): Promise<Acquired> => {
    const nonces = partitions.map(() => randomBytes(8).toString('hex'));
    // Taken before sending, so that the lease ends here before it ends on the server.
    const fromMs = performance.now();
    const reply = await runScript(bus.redis, 'acquireLeases', { keys: keysOf(partitions), args: [bus.member, bus.leaseTtlMs, ...nonces] });
    const leases: Lease[] = [];
    let retryInMs: number | undefined;
    (reply as readonly (readonly [number, number, number])[]).forEach(([epoch, clean, waitMs], index) => {
      const partition = partitions[index] as number;
      if (epoch === 0) {
        retryInMs = Math.min(retryInMs ?? waitMs, waitMs);
        return;
      }
      const lease = leaseOf(bus, service, { partition, epoch, nonce: nonces[index] as string, clean: clean === 1, fromMs });
      held.set(partition, lease);
      leases.push(lease);
    });
    return { leases, retryInMs };
  };

  const renewAtOnce = async (leases: readonly HeldLease[]): Promise<readonly Lease[]> => {
    const fromMs = performance.now();
    const args = [bus.member, bus.leaseTtlMs, ...leases.flatMap(({ nonce, epoch }) => [nonce, epoch])];
    const reply = (await runScript(bus.redis, 'renewLeases', { keys: keysOf(leases.map(({ partition }) => partition)), args })) as readonly number[];
    leases.forEach((lease, index) => {
      if (reply[index] === 1) lease.prolong(fromMs);
    });
    return leases.filter((_, index) => reply[index] !== 1);
  };

  return {
    held: () => held,
    acquire: async (partitions) => {
      const parts = await Promise.all(inCalls(bus, partitions, (partition) => partition).map(acquireAtOnce));
      const waits = parts.flatMap(({ retryInMs }) => retryInMs ?? []);
      return { leases: parts.flatMap(({ leases }) => leases), retryInMs: waits.length === 0 ? undefined : Math.min(...waits) };
    },
    renew: async () => (await Promise.all(inCalls(bus, [...held.values()], ({ partition }) => partition).map(renewAtOnce))).flat(),
    forget: (lease) => {
      if (held.get(lease.partition)?.nonce === lease.nonce) held.delete(lease.partition);
    },
    release: async (leases) => {
      await Promise.all(
        inCalls(bus, leases, ({ partition }) => partition).map((group) => {
          const args = [bus.member, ...group.flatMap(({ nonce, epoch }) => [nonce, epoch])];
          return runScript(bus.redis, 'releaseLeases', { keys: keysOf(group.map(({ partition }) => partition)), args });
        }),
      );
    },
  };
}
