import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bus, createBus } from '@signal/bus';
import { apiBodies } from '@signal/contracts';
import { createLogger, systemClock } from '@signal/kernel';
import { startRedis, type TestRedis } from '@signal/testing';
import { redisConsumers } from '../data/consumers.ts';
import { createReaderHealth } from '../data/reader-health.ts';
import { type MemoryGateway, startMemoryGateway } from '../testing/memory-gateway.ts';

const PATH = '/api/v2/admin/consumers';

let redis: TestRedis;
let bus: Bus;
let gateway: MemoryGateway;
beforeAll(async () => {
  redis = await startRedis();
  bus = await createBus({
    redisUrl: redis.url,
    namespace: 'consumers',
    partitions: 64,
    member: 'gateway-1',
    leaseTtlMs: 60_000,
    log: createLogger({ service: 'gateway', member: 'gateway-1', level: 'silent' }),
    clock: systemClock,
  });
  gateway = await startMemoryGateway({ consumers: redisConsumers(bus) });
});
afterAll(async () => {
  await gateway.stop();
  await bus.close();
  await redis.stop();
});

const as = async (role: string): Promise<string> => gateway.token({ sub: 'olga', roles: [role] });
const post = async (body: unknown, role = 'admin'): Promise<Response> =>
  gateway.get(PATH, { method: 'POST', as: await as(role), body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
const remove = async (id: string, role = 'admin'): Promise<Response> => gateway.get(`${PATH}/${id}`, { method: 'DELETE', as: await as(role) });
const wish = { topic: 'indicators', group: 'desk', retentionBudgetMs: 60_000 };

describe('consumers', () => {
  it('are registered, listed with what is known of them, and removed', async () => {
    const created = await post(wish);
    const body = (await created.json()) as { id: string };
    expect([created.status, created.headers.get('location')]).toEqual([201, `${PATH}/${body.id}`]);
    expect(apiBodies.Consumer.parse(body)).toMatchObject({ ...wish, owner: 'olga' });
    await bus.redis.xadd(bus.keys.topic('indicators', 54), '7-0', 'prev', '0-0', 'json', '[]');
    await bus.redis.hset(bus.keys.readers(54), body.id, '0-0 30000 1 0 0 0.5000');
    const list = apiBodies.ConsumerList.parse(await (await gateway.get(PATH, { as: await as('operator') })).json());
    expect(list.data).toEqual([
      {
        ...body,
        state: 'active',
        lagEntries: 1,
        lagMs: null,
        budgetUsed: 0.5,
        partitions: [{ partition: 54, position: '0-0', pending: 0, lagEntries: 1, lagMs: null, budgetUsed: 0.5, state: 'active' }],
      },
    ]);
    const one = await gateway.get(`${PATH}/${body.id}`, { as: await as('operator') });
    expect(await one.json()).toEqual(list.data[0]);
    const gone = await remove(body.id);
    expect([gone.status, await gone.text()]).toEqual([204, '']);
    expect((await remove(body.id)).status).toBe(404);
    expect((await gateway.get(`${PATH}/${body.id}`, { as: await as('admin') })).status).toBe(404);
  });

  it('are for operators to see and for admins to change', async () => {
    expect((await post(wish, 'operator')).status).toBe(403);
    expect((await remove('con_x', 'operator')).status).toBe(403);
    expect((await gateway.get(PATH, { as: await as('user') })).status).toBe(403);
    expect((await gateway.get(PATH, { as: '' })).status).toBe(401);
  });

  it.each([
    ['a topic of the fleet', { ...wish, topic: 'market' }, '/topic'],
    ["a service's group", { ...wish, group: 'archive' }, '/group'],
    ['a group with a space', { ...wish, group: 'a b' }, '/group'],
    ['a budget of nothing', { ...wish, retentionBudgetMs: 0 }, '/retentionBudgetMs'],
    ['an unknown member', { ...wish, more: 1 }, '/more'],
  ])('are refused with %s', async (_, body, pointer) => {
    const response = await post(body);
    expect([response.status, await response.json()]).toMatchObject([422, { code: 'body_invalid', errors: [{ pointer }] }]);
  });

  it('that were dropped make the fleet warn, and so do its own readers', async () => {
    expect(await createReaderHealth(bus)()).toBeUndefined();
    await bus.redis.hset(bus.keys.readers(3), 'archive', '10 60000 1 5 1 1.0000');
    await bus.redis.hset(bus.keys.readers(4), 'archive', '10 60000 1 5 1 1.0000');
    await bus.redis.hset(bus.keys.readers(4), 'indicator', '10 600 1 0 1 0.2000');
    const health = createReaderHealth(bus);
    const dropped = { archive: { status: 'warn', detail: 'dropped from the trim in 2 partitions; entries were not kept for it' } };
    expect(await health()).toEqual(dropped);
    await bus.redis.del(bus.keys.readers(3), bus.keys.readers(4));
    expect(await health()).toEqual(dropped);
  });
});

describe('the scaling advice', () => {
  it('is for operators, in the shape of the contract', async () => {
    const response = await gateway.get('/api/v2/admin/scaling', { as: await as('operator') });
    expect(response.status).toBe(200);
    expect(apiBodies.Scaling.parse(await response.json()).data[0]).toMatchObject({
      service: 'indicator',
      recommended: 2,
      inputs: { lagEntries: null },
    });
    expect((await gateway.get('/api/v2/admin/scaling', { as: await as('user') })).status).toBe(403);
  });
});
