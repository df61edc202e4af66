import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { readMembers } from '../reading/read-members.ts';
import { createLeaseTable } from './lease-table.ts';
import type { Lease } from './lease.ts';
import { createOwnership, type Ownership } from './ownership.ts';

type Member = Readonly<{ bus: Bus; ownership: Ownership; events: string[] }>;

describe('ownership', () => {
  let redis: TestRedis;
  let namespace = '';
  let test = 0;
  const members: Member[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(() => {
    namespace = `ownership-${(test += 1)}`;
  });
  afterEach(async () => {
    for (const { ownership, bus } of members.splice(0)) {
      await ownership.stop();
      await bus.close();
    }
  });

  const join = async (member: string, onLost: (lease: Lease) => Promise<void> = async () => undefined): Promise<Member> => {
    const bus = await openBus({ redisUrl: redis.url, namespace, member });
    const events: string[] = [];
    const ownership = createOwnership(bus, {
      service: 'indicator',
      info: { pid: 7, url: 'http://x' },
      onAcquired: async ({ partition, clean }) => void events.push(`acquired ${partition} ${clean ? 'released' : 'cut off'}`),
      onLost: async (lease, reason) => {
        events.push(`lost ${lease.partition} ${reason}`);
        await onLost(lease);
      },
    });
    const one = { bus, ownership, events };
    members.push(one);
    await ownership.start();
    return one;
  };
  const holds = (one: Member, count: number): Promise<unknown> =>
    until(() => one.ownership.leases().size === count, { what: `${one.bus.member} to hold ${count}` });
  /** Ends a member as SIGKILL would: nothing is released. */
  const cutOff = async (one: Member): Promise<void> => {
    members.splice(members.indexOf(one), 1);
    await one.bus.close();
    await one.ownership.stop();
  };

  it('gives one member everything, and shares with a second that joins', async () => {
    const first = await join('a');
    await holds(first, 16);
    const second = await join('b');
    await until(() => second.ownership.leases().size >= 7 && first.ownership.leases().size + second.ownership.leases().size === 16, {
      what: 'both to share',
    });
    expect([...first.ownership.leases().keys()].filter((partition) => second.ownership.leases().has(partition))).toEqual([]);
    expect(first.events.filter((event) => event.endsWith('moved')).length).toBe(second.ownership.leases().size);
    expect(second.events.every((event) => event.endsWith('released'))).toBe(true);
  });

  it('takes over what a member left that was cut off, about a ttl later, under a greater epoch', async () => {
    const first = await join('a');
    await holds(first, 16);
    const second = await join('b');
    await until(() => second.ownership.leases().size >= 7, { what: 'both to share' });
    const heldByFirst = [...first.ownership.leases().keys()];
    const before = performance.now();
    await cutOff(first);
    await holds(second, 16);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(heldByFirst.every((partition) => (second.ownership.leases().get(partition)?.epoch ?? 0) >= 2)).toBe(true);
    expect(second.events.filter((event) => event.endsWith('cut off')).length).toBe(heldByFirst.length);
  });

  it('hands over at once when a member stops, after it finished its work', async () => {
    let finished = 0;
    const first = await join('a', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      finished += 1;
    });
    await holds(first, 16);
    const second = await join('b');
    await until(() => second.ownership.leases().size >= 7, { what: 'both to share' });
    const left = first.ownership.leases().size;
    finished = 0;
    members.splice(members.indexOf(first), 1);
    await first.ownership.stop();
    expect(finished).toBe(left);
    await holds(second, 16);
    expect(second.events.every((event) => event.endsWith('released') || event.startsWith('lost'))).toBe(true);
    await first.bus.close();
  });

  it('stops using its leases before their ttl when Redis is away, and takes them up again after', async () => {
    const only = await join('a');
    await holds(only, 16);
    const lease = only.ownership.leases().get(3) as Lease;
    await redis.kill();
    await until(() => !lease.valid(), { what: 'the lease to run out by our own clock' });
    await redis.restart();
    await until(() => [...only.ownership.leases().values()].filter((one) => one.valid()).length === 16, { what: 'all leases to be valid again' });
    expect(only.ownership.unhealthy()).toBeUndefined();
  });

  it('says who lives and what each holds', async () => {
    const first = await join('a');
    await holds(first, 16);
    await until(async () => (await readMembers(first.bus, ['indicator']))[0]?.partitions === 16, { what: 'the member to say what it holds' });
    expect(await readMembers(first.bus, ['indicator', 'greeks'])).toEqual([
      {
        service: 'indicator',
        member: 'a',
        pid: 7,
        url: 'http://x',
        startedAtMs: expect.any(Number),
        partitions: 16,
        busy: expect.any(Number),
        draining: false,
      },
    ]);
    await cutOff(first);
    const watcher = await openBus({ redisUrl: redis.url, namespace, member: 'watcher' });
    await until(async () => (await readMembers(watcher, ['indicator'])).length === 0, { what: 'a member that was cut off to be missed' });
    await watcher.close();
  });

  it('lets a member that restarted under its name take its own partitions at once', async () => {
    const bus = await openBus({ redisUrl: redis.url, namespace, member: 'a', leaseTtlMs: 60_000 });
    const before = (await createLeaseTable(bus, 'indicator').acquire([1])).leases[0];
    const after = (await createLeaseTable(bus, 'indicator').acquire([1])).leases[0];
    expect([before?.epoch, after?.epoch, after?.clean]).toEqual([1, 2, false]);
    const other = await openBus({ redisUrl: redis.url, namespace, member: 'b' });
    const { leases, retryInMs } = await createLeaseTable(other, 'indicator').acquire([1]);
    expect(leases).toEqual([]);
    expect(retryInMs).toBeGreaterThan(50_000);
    await Promise.all([bus.close(), other.close()]);
  });
});
