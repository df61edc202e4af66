import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import type { Lease } from '../ownership/lease.ts';
import { createOwnership, type Ownership } from '../ownership/ownership.ts';
import type { PartitionWork } from '../ownership/partition-work.ts';
import { readMembers } from '../reading/read-members.ts';
import type { LeaderTick } from './leader-tick.ts';
import type { PlacementPlan } from './placement-plan.ts';
import { readLoads } from './read-loads.ts';
import { requestDrain, requestMove, requestSteal } from './requests.ts';

const PARTITIONS = 16;
const everyPartition = Array.from({ length: PARTITIONS }, (_, partition) => partition);

type Member = Readonly<{ name: string; bus: Bus; ownership: Ownership; ticks: LeaderTick[]; reasons: string[] }>;

describe('a fleet on a real Redis', () => {
  let redis: TestRedis;
  let watcher: Bus;
  let test = 0;
  let named = 0;
  let members: Member[] = [];
  /** Who was granted which epoch of a partition, by any member of this test. */
  let epochs: Map<string, string>;
  /** Event-loop time per measurement that each partition claims to take. */
  let busyMs: Map<number, number>;

  beforeAll(async () => {
    redis = await startRedis({ aof: true });
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    watcher = await openBus({ redisUrl: redis.url, namespace: `fleet-${(test += 1)}`, member: 'watcher' });
    epochs = new Map();
    busyMs = new Map();
  });
  afterEach(async () => {
    for (const member of members.splice(0)) await stop(member);
    await watcher.close();
  });

  const join = async (name = `m${(named += 1)}`): Promise<Member> => {
    const bus = await openBus({ redisUrl: redis.url, namespace: watcher.keys.namespace, member: name });
    const [ticks, reasons]: [LeaderTick[], string[]] = [[], []];
    const ownership = createOwnership(bus, {
      service: 'indicator',
      info: { pid: 1, url: '' },
      onAcquired: async ({ partition, epoch }) => {
        const key = `${partition}@${epoch}`;
        if (epochs.has(key)) throw new RangeError(`${name} was granted ${key} after ${epochs.get(key)}`);
        epochs.set(key, name);
      },
      onLost: async (_, reason) => void reasons.push(reason),
      takeWork: () =>
        new Map(
          [...ownership.leases().keys()].map((partition): [number, PartitionWork] => [partition, { busyMs: busyMs.get(partition) ?? 1, entries: 1 }]),
        ),
      onLeaderTick: async (tick) => void ticks.push(tick),
    });
    const member = { name, bus, ownership, ticks, reasons };
    members.push(member);
    await ownership.start();
    return member;
  };
  const stop = async ({ ownership, bus }: Member): Promise<void> => {
    await ownership.stop();
    await bus.close();
  };
  /** Ends a member as SIGKILL would. */
  const kill = async (member: Member): Promise<void> => {
    members = members.filter((one) => one !== member);
    await member.bus.close();
    await member.ownership.stop();
  };
  const leave = async (member: Member): Promise<void> => {
    members = members.filter((one) => one !== member);
    await stop(member);
  };
  const validOf = (member: Member): readonly Lease[] => [...member.ownership.leases().values()].filter((lease) => lease.valid());
  const planned = async (): Promise<PlacementPlan | undefined> => {
    const text = await watcher.redis.hget(watcher.keys.plan('indicator'), 'plan');
    return text === null ? undefined : (JSON.parse(text) as PlacementPlan);
  };
  const ownedOnce = (): boolean => {
    const held = members.flatMap((member) => validOf(member).map(({ partition }) => partition));
    return held.length === PARTITIONS && new Set(held).size === PARTITIONS;
  };
  /** Every partition has one owner, and it is the planned one. */
  const settled = (): Promise<PlacementPlan> =>
    until(
      async () => {
        const plan = await planned();
        const follows =
          plan?.members.length === members.length &&
          members.every((one) => validOf(one).every(({ partition }) => plan.owners[partition] === one.name));
        return follows && ownedOnce() ? plan : undefined;
      },
      { what: 'every partition to be with the one that it is planned for' },
    );
  const leaderName = async (): Promise<string | null> => watcher.redis.hget(watcher.keys.plan('indicator'), 'member');

  it('shares evenly, and leaves the others alone when one of them is killed', async () => {
    for (let i = 0; i < 4; i += 1) await join();
    const before = await settled();
    expect(members.map((one) => validOf(one).length)).toEqual([4, 4, 4, 4]);
    const victim = members[1] as Member;
    const losses = members.map(({ reasons }) => reasons.length);
    await kill(victim);
    const after = await settled();
    before.owners.forEach((owner, partition) => expect(after.owners[partition]).toBe(owner === victim.name ? before.heirs[partition] : owner));
    expect(members.map(({ reasons }) => reasons.length)).toEqual(losses.toSpliced(1, 1));
  });

  it('goes on under another leader when its leader is killed', async () => {
    for (let i = 0; i < 3; i += 1) await join();
    await settled();
    const leader = await leaderName();
    const victim = members.find(({ name }) => name === leader) as Member;
    await kill(victim);
    await settled();
    expect(await leaderName()).not.toBe(leader);
    const joined = await join();
    await settled();
    expect(validOf(joined).length).toBeGreaterThanOrEqual(5);
  });

  it('leaves the leadership free when its leader stops', async () => {
    const [a] = [await join(), await join()];
    await settled();
    expect(await leaderName()).toBe(a.name);
    await leave(a);
    const [leader, free] = await watcher.redis.hmget(watcher.keys.plan('indicator'), 'member', 'free');
    expect(leader !== a.name || free === '1').toBe(true);
    expect(await watcher.redis.hgetall(watcher.keys.requests('indicator'))).toEqual({});
  });

  it('stores its plan again when Redis has lost it, and moves nothing', async () => {
    await join();
    await join();
    const before = await settled();
    const losses = members.map(({ reasons }) => reasons.length);
    await watcher.redis.del(watcher.keys.plan('indicator'));
    expect((await until(planned, { what: 'the plan to be back' })).owners).toEqual(before.owners);
    expect(members.map(({ reasons }) => reasons.length)).toEqual(losses);
  });

  it('takes a free partition once, however often it is told of it', async () => {
    const [a, b] = [await join(), await join()];
    const partition = (await settled()).owners.indexOf(b.name);
    const grants = (): readonly string[] => [...epochs].flatMap(([key, name]) => (name === a.name && key.startsWith(`${partition}@`) ? key : []));
    const told = JSON.stringify({ kind: 'released', partition, to: a.name });
    await until(
      async () => {
        // Free for a moment: its owner takes it again if it is the first to look.
        const calls = watcher.redis.multi().del(watcher.keys.lease('indicator', partition));
        for (let i = 0; i < 20; i += 1) calls.publish(watcher.keys.released('indicator'), told);
        epochs.clear();
        await calls.exec();
        await settled();
        return grants().length > 0;
      },
      { what: 'the first member to have it for a while' },
    );
    expect(grants()).toEqual([`${partition}@1`]);
  });

  it('hands nothing to a member that merely counts as alive after a pause', async () => {
    const a = await join();
    await settled();
    const [seconds = '0'] = await watcher.redis.time();
    const atMs = Number(seconds) * 1_000;
    await watcher.redis.zadd(watcher.keys.members('indicator'), atMs - 10_000, 'ghost', atMs - 10_000, '|paused', atMs + 600_000, '|until');
    await requestMove(watcher, { service: 'indicator', partition: 3, to: 'ghost' });
    await until(async () => (await planned())?.owners[3] === 'ghost', { what: 'the plan to name the one that is away' });
    const beats = async (): Promise<number> => Number(await watcher.redis.zscore(watcher.keys.members('indicator'), a.name));
    for (let last = await beats(), i = 0; i < 4; i += 1) last = await until(async () => ((await beats()) > last ? beats() : 0), { what: 'a beat' });
    expect(a.ownership.leases().get(3)?.valid()).toBe(true);
    expect(a.reasons).toEqual([]);
  });

  it('puts a partition where it is wanted by hand, and keeps it there while others come and go', async () => {
    const [a, b] = [await join(), await join()];
    const before = await settled();
    const partition = before.owners.indexOf(a.name);
    await requestMove(watcher, { service: 'indicator', partition, to: b.name });
    await until(async () => b.ownership.leases().get(partition)?.valid(), { what: 'the partition to come' });
    expect(a.reasons.at(-1)).toBe('by_hand');
    await join();
    expect((await settled()).owners[partition]).toBe(b.name);
    await leave(b);
    expect((await settled()).pins).toEqual({});
    expect(await watcher.redis.hgetall(watcher.keys.requests('indicator'))).toEqual({});
  });

  it('empties a member that is to drain, which lives on idle until it is started anew', async () => {
    const [a, b] = [await join('drained'), await join()];
    await settled();
    await requestDrain(watcher, 'indicator', a.name);
    await until(() => a.ownership.leases().size === 0 && validOf(b).length === PARTITIONS, { what: 'the member to be empty' });
    expect(new Set(a.reasons.slice(-8))).toEqual(new Set(['drain']));
    await until(async () => (await readMembers(watcher, ['indicator'])).find(({ member }) => member === a.name)?.draining, { what: 'it to say so' });
    const c = await join();
    await until(() => validOf(c).length === 8, { what: 'the third to share with the second' });
    expect(a.ownership.leases().size).toBe(0);
    await kill(a);
    const again = await join('drained');
    await until(() => validOf(again).length >= 5, { what: 'the one that was started anew to get its share' });
    await settled();
  });

  it('lets an idle member take from a busy one', async () => {
    const [a, b] = [await join(), await join()];
    const before = await settled();
    before.owners.forEach((owner, partition) => busyMs.set(partition, owner === a.name ? 100 : 1));
    await until(async () => (await readLoads(watcher, 'indicator')).filter(({ busy }) => busy > 0.05).length === 8, {
      what: 'the loads to be known',
    });
    await until(
      async () => {
        const [seconds = '0'] = await watcher.redis.time();
        await requestSteal(watcher, 'indicator', { member: b.name, busy: 0, atMs: Number(seconds) * 1_000 });
        return a.reasons.includes('steal');
      },
      { what: 'a steal' },
    );
    await until(() => validOf(b).length > 8, { what: 'the idle member to have it' });
  });

  it('tells its leader, and nobody else, who lives and what the partitions cost', async () => {
    await join();
    await join();
    await settled();
    const knowing = await until(() => members.find(({ ticks }) => ticks.at(-1)?.loads.length === PARTITIONS), { what: 'a leader to know the loads' });
    expect(knowing.ticks.at(-1)?.live).toEqual(members.map(({ name }) => name).toSorted());
    // A busy machine may change the leader; the epoch tells them apart.
    const led = members.map(({ ticks }) => new Set(ticks.map(({ epoch }) => epoch)));
    expect(led.reduce((sum, one) => sum + one.size, 0)).toBe(new Set(led.flatMap((one) => [...one])).size);
  });

  it('keeps everything where it is when Redis was away for several ttl', async () => {
    for (let i = 0; i < 4; i += 1) await join();
    const before = await settled();
    const losses = members.map(({ reasons }) => reasons.length);
    for (let i = 0; i < 2; i += 1) {
      await redis.kill();
      await until(() => members.every((one) => validOf(one).length === 0), { what: 'all leases to run out' });
      await redis.restart();
      await until(ownedOnce, { what: 'all leases to be valid again' });
      expect((await settled()).owners).toEqual(before.owners);
    }
    expect(members.map(({ reasons }) => reasons.length)).toEqual(losses);
  });

  it('gives every partition one owner after any short history, and no epoch twice', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('join' as const), who: fc.nat(3), partition: fc.nat(0) }),
      fc.record({ kind: fc.constantFrom('leave' as const, 'kill' as const, 'drain' as const), who: fc.nat(3), partition: fc.nat(0) }),
      fc.record({ kind: fc.constant('move' as const), who: fc.nat(3), partition: fc.nat(PARTITIONS - 1) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 12 }), async (steps) => {
        await join();
        for (const { kind, who, partition } of steps) {
          const one = members[who % members.length];
          if (kind === 'join' && members.length < 5) await join();
          else if (one === undefined || kind === 'join') continue;
          else if (kind === 'move') await requestMove(watcher, { service: 'indicator', partition, to: one.name });
          else if (kind === 'drain') await requestDrain(watcher, 'indicator', one.name);
          else if (members.length > 1) await (kind === 'kill' ? kill(one) : leave(one));
        }
        await settled();
        for (const partition of everyPartition) {
          const [member, epoch] = await watcher.redis.hmget(watcher.keys.lease('indicator', partition), 'member', 'epoch');
          expect(epochs.get(`${partition}@${epoch}`)).toBe(member);
        }
        for (const member of members.splice(0)) await stop(member);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });
});
