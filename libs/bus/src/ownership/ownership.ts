import { createBackoff } from '@signal/kernel';
import type { Bus } from '../bus.ts';
import { createLeader, type Leader } from '../placement/leader.ts';
import type { LeaderTick } from '../placement/leader-tick.ts';
import { createOwnersTable, type OwnersTable } from '../placement/owners-table.ts';
import { createPlanFollower, type PlanFollower } from '../placement/plan-follower.ts';
import { forgetRequestsOf } from '../placement/requests.ts';
import { type Announcement, type Announcements, createAnnouncements } from './announcements.ts';
import { createHandOver, type HandOver, type Parting } from './hand-over.ts';
import { createLeaseTable, type LeaseTable } from './lease-table.ts';
import type { Lease, LostReason } from './lease.ts';
import { createMembership, type Heartbeat, type MemberDescription, type Membership } from './membership.ts';
import type { PartitionWork } from './partition-work.ts';
import { createSelfReport, type SelfReport } from './self-report.ts';
import { createTicker, type Ticker } from './ticker.ts';

/** What makes a member own partitions of a service. `onAcquired` may take its time; `onLost` finishes the work in hand. */
export type OwnershipOptions = Readonly<{
  service: string;
  info: MemberDescription;
  onAcquired(lease: Lease): Promise<void>;
  /**
   * Called before a partition is handed over on purpose (moved by a plan, or `stopping`), while the work goes on: stores the newest state, so that
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

/** Returns a member's ownership of a service's partitions: heartbeat, plan, leases, announced release. */
export function createOwnership(bus: Bus, options: OwnershipOptions): Ownership {
  return new OwnershipOfService(bus, options);
}

class OwnershipOfService implements Ownership {
  readonly #bus: Bus;
  readonly #options: OwnershipOptions;
  readonly #table: LeaseTable;
  readonly #membership: Membership;
  readonly #owners: OwnersTable;
  readonly #follower: PlanFollower;
  readonly #leader: Leader;
  readonly #report: SelfReport;
  readonly #handOver: HandOver;
  readonly #announcements: Announcements;
  readonly #ticker: Ticker;
  readonly #backoff;
  /** When a partition that could not be taken up may be tried again. */
  readonly #coolDown = new Map<number, number>();
  /** Partitions that are being asked for: a second lease for one of them would fence off the first. */
  readonly #asking = new Set<number>();
  readonly #acquiring = new Set<Promise<unknown>>();
  /** Who lived at the last beat. */
  #live: readonly string[] = [];
  #failure: string | undefined;
  #stopping = false;

  constructor(bus: Bus, options: OwnershipOptions) {
    const { service } = options;
    this.#bus = bus;
    this.#options = options;
    this.#table = createLeaseTable(bus, service);
    this.#membership = createMembership(bus, service, options.info);
    this.#owners = createOwnersTable(bus.partitions);
    this.#follower = createPlanFollower(bus, service);
    this.#announcements = createAnnouncements(bus, service, (announcement) => this.#heard(announcement));
    this.#leader = createLeader(bus, {
      service,
      follower: this.#follower,
      onTick: options.onLeaderTick && ((tick) => options.onLeaderTick?.(tick) ?? Promise.resolve()),
      planned: () => this.#inBackground(this.#announcements.say({ kind: 'planned' })),
    });
    this.#report = createSelfReport(bus, {
      service,
      membership: this.#membership,
      takeWork: options.takeWork && (() => options.takeWork?.() ?? new Map()),
    });
    this.#handOver = createHandOver(bus, {
      service,
      table: this.#table,
      ...(options.beforeRelease && { beforeRelease: (lease: Lease) => options.beforeRelease?.(lease) ?? Promise.resolve() }),
      onLost: (lease, reason) => options.onLost(lease, reason),
      say: (announcement) => this.#announcements.say(announcement),
      ended: (lease, reason) => this.#moved(lease, reason),
    });
    const everyMs = bus.leaseTtlMs / BEATS_PER_TTL;
    // Never slower than a beat: whoever is late after an outage finds its partitions taken.
    this.#backoff = createBackoff({ baseMs: everyMs / 4, maxMs: everyMs });
    this.#ticker = createTicker({ everyMs, run: () => this.#tick() });
  }

  async start(): Promise<void> {
    this.#announcements.start();
    // What was asked of an earlier process of this name is not asked of this one.
    await forgetRequestsOf(this.#bus, this.#options.service, this.#bus.member).catch(() => undefined);
    await this.#ticker.start();
    this.#inBackground(this.#announcements.say({ kind: 'joined' }));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#ticker.stop();
    await Promise.allSettled(this.#acquiring);
    // The hand-over may take longer than a ttl, and goes on as long as the leases hold.
    const renewals = createTicker({ everyMs: this.#bus.leaseTtlMs / BEATS_PER_TTL, run: () => this.#renew() });
    try {
      await Promise.all([renewals.start(), this.#leave()]);
      const others = this.#live.filter((member) => member !== this.#bus.member);
      const owners = this.#owners.of(this.#follower.plan(), others);
      await this.#handOver.end(this.#partings([...this.#table.held().values()], 'stopping', owners));
    } catch (error) {
      this.#bus.log.warn({ service: this.#options.service, error: String(error) }, 'partitions could not be released; others wait for the ttl');
    } finally {
      await renewals.stop();
      this.#announcements.stop();
    }
  }

  leases(): ReadonlyMap<number, Lease> {
    return this.#table.held();
  }

  giveUp(lease: Lease, reason: LostReason): void {
    this.#inBackground(this.#handOver.end([{ lease, reason, to: '' }]));
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

  #heard(announcement: Announcement): void {
    if (this.#stopping) return;
    const isOurs = announcement.kind === 'released' && announcement.to === this.#bus.member;
    // The lease is free and meant for us: a beat would only come to the same, later.
    if (isOurs) this.#inBackground(this.#acquire([announcement.partition]));
    else if (announcement.kind !== 'released' || announcement.to === '') this.#ticker.soon();
  }

  async #leave(): Promise<void> {
    await this.#leader.stop();
    await this.#follower.resign();
    await Promise.all([this.#membership.leave(), forgetRequestsOf(this.#bus, this.#options.service, this.#bus.member)]);
  }

  async #renew(): Promise<undefined> {
    await this.#table.renew().catch(() => undefined);
    return undefined;
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

  async #beat(): Promise<number> {
    const before = [...this.#table.held().values()];
    const [heartbeat, lost] = await Promise.all([this.#membership.beat(), this.#table.renew(), this.#follower.follow(!this.#stopping)]);
    this.#inBackground(this.#handOver.end(this.#partings(lost, 'fenced')));
    const { live, changesInMs } = heartbeat;
    this.#live = live;
    const owners = this.#owners.of(this.#follower.plan(), live);
    this.#giveAway(before, owners, heartbeat);
    const retryInMs = this.#stopping ? undefined : await this.#acquire(this.#wanted(owners));
    this.#leader.tick({ live, serverNowMs: heartbeat.serverNowMs });
    const { held, draining } = {
      held: [...this.#table.held().keys()],
      draining: this.#follower.plan()?.draining.includes(this.#bus.member) === true,
    };
    await this.#report.report({ held, draining, isAlone: live.length < 2, serverNowMs: heartbeat.serverNowMs });
    return Math.min(retryInMs ?? Number.POSITIVE_INFINITY, changesInMs);
  }

  #partings(leases: readonly Lease[], reason: LostReason, owners: readonly string[] = []): readonly Parting[] {
    return leases.map((lease) => ({ lease, reason, to: owners[lease.partition] ?? '' }));
  }

  /**
   * Hands over what should be with others; `before` was held before this beat looked at the plan, since what came after may follow a
   * newer one. Nobody gets anything who only counts as alive because of a pause.
   */
  #giveAway(before: readonly Lease[], owners: readonly string[], { live, inGrace }: Heartbeat): void {
    const moved = this.#follower.plan()?.moved ?? {};
    const partings = before.flatMap((lease): readonly Parting[] => {
      const to = owners[lease.partition] ?? '';
      if (to === this.#bus.member || !live.includes(to) || inGrace.includes(to)) return [];
      return [{ lease, reason: moved[lease.partition]?.reason ?? 'moved', to }];
    });
    this.#inBackground(this.#handOver.end(partings));
  }

  #wanted(owners: readonly string[]): readonly number[] {
    return owners.flatMap((owner, partition) => (owner === this.#bus.member ? partition : []));
  }

  async #acquire(wanted: readonly number[]): Promise<number | undefined> {
    const nowMs = this.#bus.clock.nowMs();
    const isFree = (partition: number): boolean =>
      !this.#table.held().has(partition) && !this.#handOver.isEnding(partition) && !this.#asking.has(partition);
    const missing = wanted.filter((partition) => isFree(partition) && (this.#coolDown.get(partition) ?? 0) <= nowMs);
    if (missing.length === 0) return undefined;
    for (const partition of missing) this.#asking.add(partition);
    const attempt = this.#table.acquire(missing).finally(() => {
      for (const partition of missing) this.#asking.delete(partition);
      this.#acquiring.delete(attempt);
    });
    this.#acquiring.add(attempt);
    const { leases, retryInMs } = await attempt;
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
      await this.#handOver.end([{ lease, reason: 'failed', to: '' }]);
    }
  }
}
