import { type Backoff, createBackoff } from '@signal/kernel';
import { openSubscription, type Subscription } from '../redis/subscription.ts';
import type { Bus } from '../bus.ts';
import { createLeader, type Leader } from '../placement/leader.ts';
import type { LeaderTick } from '../placement/leader-tick.ts';
import { createLoadPublisher, type LoadPublisher } from '../placement/load-publisher.ts';
import { createPlanFollower, type PlanFollower } from '../placement/plan-follower.ts';
import { assignPartitions } from './assignment.ts';
import { createLeaseTable, type LeaseTable } from './lease-table.ts';
import type { Lease, LostReason } from './lease.ts';
import { createMembership, type MemberDescription, type Membership } from './membership.ts';
import type { PartitionWork } from './partition-work.ts';
import { createBusyShare } from './busy-share.ts';
import { createTicker, type Ticker } from './ticker.ts';

/** What makes a member own partitions of a service. `onAcquired` may take its time; `onLost` finishes the work in hand. */
export type OwnershipOptions = Readonly<{
  service: string;
  info: MemberDescription;
  onAcquired(lease: Lease): Promise<void>;
  /**
   * Called before a partition is handed over on purpose (`moved`, `stopping`), while the work goes on: stores the newest state, so that
   * the next owner has little to fold again. Bounded by a deadline; a failure only makes the next owner slower.
   */
  beforeRelease?(lease: Lease): Promise<void>;
  /** Returns what was done per partition since the last call; placement balances by it. */
  takeWork?(): ReadonlyMap<number, PartitionWork>;
  onLost(lease: Lease, reason: LostReason): Promise<void>;
  /** Called about once a second while this member leads its service; see `leaderTasks` for what every service's leader does. */
  onLeaderTick?(tick: LeaderTick): Promise<void>;
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
  return new OwnershipOfService(bus, options);
}

class OwnershipOfService implements Ownership {
  readonly #bus: Bus;
  readonly #busy = createBusyShare();
  readonly #options: OwnershipOptions;
  readonly #table: LeaseTable;
  readonly #membership: Membership;
  readonly #loads: LoadPublisher;
  readonly #follower: PlanFollower;
  readonly #leader: Leader;
  readonly #ticker: Ticker;
  readonly #backoff: Backoff;
  /** When a partition that could not be taken up may be tried again. */
  readonly #coolDown = new Map<number, number>();
  /** Partitions whose work is being ended. */
  readonly #ending = new Set<number>();
  #subscription: Subscription | undefined;
  #failure: string | undefined;
  #draining = false;

  constructor(bus: Bus, options: OwnershipOptions) {
    this.#bus = bus;
    this.#options = options;
    this.#table = createLeaseTable(bus, options.service);
    this.#membership = createMembership(bus, options.service, options.info);
    this.#loads = createLoadPublisher(bus, options.service, options.takeWork);
    this.#follower = createPlanFollower(bus, options.service);
    this.#leader = createLeader(bus, { service: options.service, follower: this.#follower, onTick: options.onLeaderTick });
    const everyMs = bus.leaseTtlMs / BEATS_PER_TTL;
    this.#backoff = createBackoff({ baseMs: everyMs, maxMs: bus.leaseTtlMs });
    this.#ticker = createTicker({ everyMs, run: () => this.#tick() });
  }

  async start(): Promise<void> {
    const channel = this.#bus.keys.released(this.#options.service);
    const name = `${this.#options.service}:released`;
    this.#subscription = openSubscription(this.#bus, { name, channel, onMessage: () => this.#ticker.soon() });
    await this.#ticker.start();
    this.#inBackground(this.#bus.redis.publish(channel, 'joined'));
  }

  async stop(): Promise<void> {
    this.#draining = true;
    await this.#ticker.stop();
    try {
      await this.#leader.stop();
      await this.#follower.resign();
      await this.#membership.leave();
      await this.#handOver([...this.#table.held().values()], 'stopping');
    } catch (error) {
      this.#bus.log.warn({ service: this.#options.service, error: String(error) }, 'partitions could not be released; others wait for the ttl');
    }
    this.#subscription?.close();
  }

  leases(): ReadonlyMap<number, Lease> {
    return this.#table.held();
  }

  giveUp(lease: Lease, reason: LostReason): void {
    this.#inBackground(this.#handOver([lease], reason));
    this.#ticker.soon();
  }

  unhealthy(): string | undefined {
    return this.#failure;
  }

  #inBackground(work: Promise<unknown>): void {
    const { service } = this.#options;
    work.catch((error: unknown) => this.#bus.log.warn({ service, error: String(error) }, 'a partition could not be handed over'));
  }

  #moved(lease: Lease, reason: string): void {
    const { service } = this.#options;
    this.#bus.metrics?.partitionMovesTotal.inc({ service, reason });
    this.#bus.log.debug({ service, partition: lease.partition, epoch: lease.epoch, reason }, 'partition moved');
  }

  async #tick(): Promise<number | undefined> {
    const { service } = this.#options;
    try {
      const retryInMs = await this.#beat();
      this.#failure = undefined;
      this.#backoff.reset();
      return retryInMs;
    } catch (error) {
      if (this.#failure === undefined) this.#bus.log.warn({ service, error: String(error) }, 'leases cannot be renewed');
      this.#failure = `leases of ${service} cannot be renewed: ${String(error)}`;
      return this.#backoff.nextMs();
    }
  }

  async #beat(): Promise<number | undefined> {
    const [{ live, serverNowMs }] = await Promise.all([this.#membership.beat(), this.#follower.follow(!this.#draining)]);
    this.#inBackground(this.#handOver(await this.#table.renew(), 'fenced'));
    const wanted = this.#wanted(live);
    this.#inBackground(
      this.#handOver(
        [...this.#table.held().values()].filter(({ partition }) => !wanted.has(partition)),
        'moved',
      ),
    );
    const retryInMs = this.#draining ? undefined : await this.#acquire(wanted);
    await this.#loads.publish(this.#table.held().keys(), serverNowMs);
    this.#leader.tick({ live, draining: [], serverNowMs });
    await this.#membership.describe({ partitions: this.#table.held().size, busy: this.#busy(), draining: this.#draining });
    return retryInMs;
  }

  #wanted(live: readonly string[]): ReadonlySet<number> {
    const wanted = new Set<number>();
    assignPartitions(live, this.#bus.partitions).forEach((member, partition) => {
      if (member === this.#bus.member) wanted.add(partition);
    });
    return wanted;
  }

  async #acquire(wanted: ReadonlySet<number>): Promise<number | undefined> {
    const nowMs = this.#bus.clock.nowMs();
    const isFree = (partition: number): boolean => !this.#table.held().has(partition) && !this.#ending.has(partition);
    const missing = [...wanted].filter((partition) => isFree(partition) && (this.#coolDown.get(partition) ?? 0) <= nowMs);
    if (missing.length === 0) return undefined;
    const { leases, retryInMs } = await this.#table.acquire(missing);
    for (const lease of leases) this.#inBackground(this.#begin(lease));
    return retryInMs;
  }

  async #begin(lease: Lease): Promise<void> {
    const { service } = this.#options;
    this.#moved(lease, 'acquired');
    try {
      await this.#options.onAcquired(lease);
    } catch (error) {
      this.#bus.log.error({ service, partition: lease.partition, error: String(error) }, 'an acquired partition could not be taken up');
      this.#coolDown.set(lease.partition, this.#bus.clock.nowMs() + FAILED_COOL_DOWN_MS);
      await this.#handOver([lease], 'failed');
    }
  }

  async #finish(lease: Lease, reason: LostReason): Promise<void> {
    const { service } = this.#options;
    try {
      await this.#options.onLost(lease, reason);
    } catch (error) {
      this.#bus.log.error({ service, partition: lease.partition, error: String(error) }, 'work on a lost partition did not end cleanly');
    }
    this.#table.forget(lease);
    this.#moved(lease, reason);
  }

  /** Ends the work on partitions, then gives them back in one call per slot and tells the others. */
  async #handOver(leases: readonly Lease[], reason: LostReason): Promise<void> {
    const mine = leases.filter(({ partition }) => !this.#ending.has(partition));
    if (mine.length === 0) return;
    for (const { partition } of mine) this.#ending.add(partition);
    try {
      await Promise.all(mine.map((lease) => this.#finish(lease, reason)));
      if (reason === 'fenced') return;
      await this.#table.release(mine);
      await this.#bus.redis.publish(this.#bus.keys.released(this.#options.service), 'released');
    } finally {
      for (const { partition } of mine) this.#ending.delete(partition);
    }
  }
}
