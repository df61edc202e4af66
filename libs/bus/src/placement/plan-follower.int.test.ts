import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { nextPlan } from './next-plan.ts';
import { createPlanFollower, type PlanFollower } from './plan-follower.ts';

describe('a plan and its leader', () => {
  let redis: TestRedis;
  let bus: Bus;
  let service = '';
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
    bus = await openBus({ redisUrl: redis.url, namespace: 'plans', member: 'a', leaseTtlMs: 60_000 });
  });
  afterAll(async () => {
    await bus.close();
    await redis.stop();
  });
  beforeEach(() => {
    service = `service-${(test += 1)}`;
  });

  const follower = (member: string): PlanFollower => createPlanFollower({ ...bus, member, redis: bus.redis }, service);
  const planOf = (...live: readonly string[]) =>
    nextPlan({ previous: undefined, live, draining: [], pins: new Map(), busy: [0, 0], steals: [], serverNowMs: 1 });
  /** Lets the leadership run out without its holder knowing. */
  const expire = (): Promise<unknown> => bus.redis.hset(bus.keys.plan(service), 'untilMs', 1);

  it('is led by whoever looks first, until that one resigns', async () => {
    const [a, b] = [follower('a'), follower('b')];
    await a.follow(true);
    await b.follow(true);
    expect([a.leads(), b.leads()]).toEqual([1, 0]);
    await a.follow(true);
    expect(a.leads()).toBe(1);
    await a.resign();
    await b.follow(true);
    expect([a.leads(), b.leads()]).toEqual([0, 2]);
  });

  it('is not led by a member that may not lead', async () => {
    const a = follower('a');
    await a.follow(false);
    expect(a.leads()).toBe(0);
  });

  it('reaches every member once, and again only when it has changed', async () => {
    const [a, b] = [follower('a'), follower('b')];
    await a.follow(true);
    expect(await a.store(planOf('a'))).toBe(true);
    await b.follow(true);
    expect(b.plan()).toEqual(planOf('a'));
    const seen = b.plan();
    await b.follow(true);
    expect(b.plan()).toBe(seen);
    await a.store(planOf('a', 'b'));
    await b.follow(true);
    expect(b.plan()).toEqual(planOf('a', 'b'));
    expect(a.version()).toBe(b.version());
  });

  it('is not written by a leader that was replaced while it was away', async () => {
    const [a, b] = [follower('a'), follower('b')];
    await a.follow(true);
    await a.store(planOf('a'));
    await expire();
    await b.follow(true);
    await b.store(planOf('b'));
    expect(a.leads()).toBe(1);
    expect(await a.store(planOf('a', 'b'))).toBe(false);
    await b.follow(true);
    expect(b.plan()).toEqual(planOf('b'));
    await a.follow(true);
    expect([a.leads(), a.plan()]).toEqual([0, planOf('b')]);
  });

  it('is not written either by an earlier process of the leader that leads now', async () => {
    const [before, now] = [follower('a'), follower('a')];
    await before.follow(true);
    await now.follow(true);
    expect(await before.store(planOf('a'))).toBe(false);
    expect(await now.store(planOf('a'))).toBe(true);
  });

  it('stays known when Redis has lost it', async () => {
    const a = follower('a');
    await a.follow(true);
    await a.store(planOf('a'));
    await bus.redis.del(bus.keys.plan(service));
    await a.follow(true);
    expect([a.plan(), a.version(), a.leads()]).toEqual([planOf('a'), '', 1]);
  });
});
