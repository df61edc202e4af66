import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import type { PartitionLoad } from '../ownership/partition-work.ts';
import { leaderTasks, type LeaderTick } from './leader-tick.ts';
import { nextPlan } from './next-plan.ts';
import type { PlanFollower } from './plan-follower.ts';
import { readLoads } from './read-loads.ts';
import { dropPin, readRequests, type Requests } from './requests.ts';
import { busyOf } from './weights-of.ts';

/** What a beat found out. */
export type LeaderView = Pick<LeaderTick, 'live' | 'serverNowMs'>;

/** What a member does for its whole service while it leads. */
export interface Leader {
  /** Does in the background what is due, if this member leads; never twice at once, and never with an older view than the newest. */
  tick(view: LeaderView): void;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

/** What a leader works with. `planned` is called after each new plan. */
export type LeaderOptions = Readonly<{
  service: string;
  follower: PlanFollower;
  onTick: ((tick: LeaderTick) => Promise<void>) | undefined;
  planned(): void;
}>;

const READ_LOADS_EVERY_MS = 1_000;

/** Returns a member's leadership of its service, at rest while another leads. */
export function createLeader(bus: Bus, options: LeaderOptions): Leader {
  return new LeaderOfService(bus, options);
}

class LeaderOfService implements Leader {
  readonly #bus: Bus;
  readonly #options: LeaderOptions;
  #running: Promise<void> | undefined;
  #newest: LeaderView | undefined;
  #loads: readonly PartitionLoad[] = [];
  #loadsAtMs = Number.NEGATIVE_INFINITY;

  constructor(bus: Bus, options: LeaderOptions) {
    this.#bus = bus;
    this.#options = options;
  }

  tick(view: LeaderView): void {
    if (this.#options.follower.leads() === 0) return;
    this.#newest = view;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async stop(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let view = this.#newest; view !== undefined && this.#options.follower.leads() > 0; view = this.#newest) {
      this.#newest = undefined;
      try {
        await this.#lead(view);
      } catch (error) {
        this.#bus.log.warn({ service: this.#options.service, error: String(error) }, 'the leader could not do its work');
      }
    }
    this.#newest = undefined;
  }

  async #lead(view: LeaderView): Promise<void> {
    const { service } = this.#options;
    const isDue = performance.now() - this.#loadsAtMs >= READ_LOADS_EVERY_MS;
    if (isDue) {
      this.#loadsAtMs = performance.now();
      this.#loads = await readLoads(this.#bus, service);
    }
    const requests = await readRequests(this.#bus, service);
    await this.#plan(view, requests);
    if (isDue) await this.#runTasks(view, requests);
  }

  async #plan({ live, serverNowMs }: LeaderView, { pins, draining, steals }: Requests): Promise<void> {
    const { service, follower, planned } = this.#options;
    const previous = follower.plan();
    const measured = new Map(this.#loads.map(({ partition, busy }) => [partition, busy]));
    const plan = nextPlan({ previous, live, draining, pins, steals, busy: busyOf(measured, this.#bus.partitions), serverNowMs });
    for (const pin of pins) {
      if (plan.pins[pin[0]] === undefined) await dropPin(this.#bus, service, pin);
    }
    // A plan that Redis has lost is stored again.
    if (plan === previous && follower.version() !== '') return;
    if (!(await follower.store(plan))) return;
    this.#bus.log.debug({ service, members: plan.members, draining: plan.draining, moved: plan.moved }, 'partitions were planned');
    planned();
  }

  async #runTasks(view: LeaderView, { draining }: Requests): Promise<void> {
    const { service, follower, onTick } = this.#options;
    const tick: LeaderTick = {
      ...view,
      service,
      draining: view.live.filter((member) => draining.includes(member)),
      loads: this.#loads,
      epoch: follower.leads(),
    };
    const results = await Promise.allSettled([onTick?.(tick), ...leaderTasks.map((task) => task(this.#bus, tick))]);
    for (const result of results) {
      if (result.status === 'rejected') this.#bus.log.warn({ service, error: String(result.reason) }, 'a task of the leader failed');
    }
  }
}
