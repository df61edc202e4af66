import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bus, createBus, createMembership } from '@signal/bus';
import { createLogger, systemClock } from '@signal/kernel';
import { startRedis, type TestRedis } from '@signal/testing';
import { fleetServices } from '../data/redis-fleet.ts';
import { redisPlacementOrders } from '../data/placement-orders.ts';
import { type MemoryGateway, startMemoryGateway } from '../testing/memory-gateway.ts';

let redis: TestRedis;
let bus: Bus;
let gateway: MemoryGateway;

/** Makes a member known as a living one would; nobody here owns anything, so what is asked stays to be seen. */
const live = async (service: string, member: string, draining = false): Promise<void> => {
  const membership = createMembership({ ...bus, member }, service, { pid: 1, url: '' });
  await membership.beat();
  await membership.describe({ partitions: 1, busy: 0, draining });
};

beforeAll(async () => {
  redis = await startRedis();
  bus = await createBus({
    redisUrl: redis.url,
    namespace: 'placement',
    partitions: 64,
    member: 'gateway-1',
    leaseTtlMs: 60_000,
    log: createLogger({ service: 'gateway', member: 'gateway-1', level: 'silent' }),
    clock: systemClock,
  });
  await live('indicator', 'indicator-1');
  await live('indicator', 'indicator-2', true);
  await live('greeks', 'greeks-1');
  await live('gateway', 'gateway-1');
  gateway = await startMemoryGateway({ placement: redisPlacementOrders(bus, fleetServices) });
});
afterAll(async () => {
  await gateway.stop();
  await bus.close();
  await redis.stop();
});

const post = async (path: string, body?: unknown, role = 'operator'): Promise<readonly [number, unknown]> => {
  const response = await gateway.get(`/api/v2/admin/${path}`, {
    method: 'POST',
    as: await gateway.token({ roles: [role] }),
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return [response.status, await response.json()];
};
const asked = (service: string): Promise<Record<string, string>> => bus.redis.hgetall(bus.keys.requests(service));

describe('placing by hand', () => {
  it.each(['operator', 'admin'])('asks the leader for a move when an %s wants it', async (role) => {
    await bus.redis.del(bus.keys.requests('indicator'));
    expect(await post('partitions/54/move', { service: 'indicator', to: 'indicator-1' }, role)).toEqual([
      202,
      { service: 'indicator', partition: 54, to: 'indicator-1' },
    ]);
    expect(await asked('indicator')).toEqual({ 'pin:54': 'indicator-1' });
  });

  it('asks the leaders of all services that a member belongs to to empty it', async () => {
    expect(await post('members/greeks-1/drain')).toEqual([202, { member: 'greeks-1', services: ['greeks'] }]);
    expect(await asked('greeks')).toEqual({ 'drain:greeks-1': '1' });
  });

  it.each([
    ['partitions/64/move', { service: 'indicator', to: 'indicator-1' }],
    ['partitions/x/move', { service: 'indicator', to: 'indicator-1' }],
    ['partitions/1/move', { service: 'gateway', to: 'gateway-1' }],
    ['partitions/1/move', { service: 'nothing', to: 'indicator-1' }],
    ['partitions/1/move', { service: 'greeks', to: 'indicator-1' }],
    ['members/indicator-9/drain', undefined],
    ['members/gateway-1/drain', undefined],
  ])('knows no %s with %j', async (path, body) => {
    expect(await post(path, body)).toEqual([404, expect.objectContaining({ code: 'not_found' })]);
  });

  it.each([
    [{ service: 'indicator' }, '/to'],
    [{ service: 'indicator', to: 7 }, '/to'],
    [{ service: 'indicator', to: 'indicator-1', when: 'now' }, '/when'],
    [{ service: 'indicator', to: 'indicator-2' }, '/to'],
  ])('refuses the body %j', async (body, pointer) => {
    expect(await post('partitions/1/move', body)).toEqual([
      422,
      expect.objectContaining({ code: 'body_invalid', errors: [expect.objectContaining({ pointer })] }),
    ]);
  });

  it('is not for users', async () => {
    const [status, body] = await post('members/indicator-1/drain', undefined, 'user');
    expect([status, body]).toEqual([403, expect.objectContaining({ code: 'role_missing' })]);
  });
});
