import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createLeaseTable } from './lease-table.ts';
import type { Lease } from './lease.ts';

const PARTITION = 3;

describe('a lease', () => {
  let redis: TestRedis;
  let bus: Bus;
  let other: Bus;
  let lease: Lease;
  beforeAll(async () => {
    redis = await startRedis();
    bus = await openBus({ redisUrl: redis.url, namespace: 'leases', member: 'a', leaseTtlMs: 60_000 });
    other = await openBus({ redisUrl: redis.url, namespace: 'leases', member: 'b', leaseTtlMs: 60_000 });
  });
  afterAll(async () => {
    await Promise.all([bus.close(), other.close()]);
    await redis.stop();
  });
  beforeEach(async () => {
    await bus.redis.flushall();
    const { leases } = await createLeaseTable(bus, 'indicator').acquire([PARTITION]);
    [lease] = leases as [Lease];
  });
  const stored = (): Promise<Record<string, string>> => bus.redis.hgetall(bus.keys.lease('indicator', PARTITION));

  it('is given to nobody else while it lasts, and whoever asks is told when to ask again', async () => {
    const { leases, retryInMs } = await createLeaseTable(other, 'indicator').acquire([PARTITION]);
    expect([leases, await stored()]).toMatchObject([[], { member: 'a', epoch: '1' }]);
    expect(retryInMs).toBeGreaterThan(0);
  });

  it('is not given up by an ownership that only shares name and epoch with it', async () => {
    await createLeaseTable(bus, 'indicator').release([{ ...lease, nonce: '0'.repeat(16) }]);
    expect(await stored()).toMatchObject({ free: '' });
    await createLeaseTable(bus, 'indicator').release([lease]);
    expect(await stored()).toMatchObject({ free: '1' });
  });

  it('is lost to an ownership that only shares name and epoch with it', async () => {
    const table = createLeaseTable(bus, 'indicator');
    const { leases } = await table.acquire([PARTITION]);
    expect(await table.renew()).toEqual([]);
    // What a rollback of Redis leaves: the same member and epoch, granted at another time.
    await bus.redis.hset(bus.keys.lease('indicator', PARTITION), 'nonce', '0'.repeat(16));
    expect(await table.renew()).toEqual(leases);
  });
});
