import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { dropPin, forgetRequestsOf, readRequests, requestDrain, requestMove, requestSteal } from './requests.ts';

describe('what is asked of a leader', () => {
  let redis: TestRedis;
  let bus: Bus;
  beforeAll(async () => {
    redis = await startRedis();
    bus = await openBus({ redisUrl: redis.url, namespace: 'requests', member: 'a' });
  });
  afterAll(async () => {
    await bus.close();
    await redis.stop();
  });

  it('is read as it was asked, the newest move of a partition alone', async () => {
    await requestMove(bus, { service: 'indicator', partition: 3, to: 'a' });
    await requestMove(bus, { service: 'indicator', partition: 3, to: 'b' });
    await requestDrain(bus, 'indicator', 'c');
    await requestSteal(bus, 'indicator', { member: 'd', busy: 0.1, atMs: 5 });
    const asked = { pins: new Map([[3, 'b']]), draining: ['c'], steals: [{ member: 'd', busy: 0.1, atMs: 5 }] };
    expect(await readRequests(bus, 'indicator')).toEqual(asked);
    expect(await readRequests(bus, 'greeks')).toEqual({ pins: new Map(), draining: [], steals: [] });
    await forgetRequestsOf(bus, 'indicator', 'c');
    await forgetRequestsOf(bus, 'indicator', 'd');
    expect(await readRequests(bus, 'indicator')).toEqual({ ...asked, draining: [], steals: [] });
  });

  it('is not taken back by a leader that has not seen the newest', async () => {
    await requestMove(bus, { service: 'archive', partition: 1, to: 'b' });
    await dropPin(bus, 'archive', [1, 'a']);
    expect((await readRequests(bus, 'archive')).pins).toEqual(new Map([[1, 'b']]));
    await dropPin(bus, 'archive', [1, 'b']);
    expect((await readRequests(bus, 'archive')).pins).toEqual(new Map());
  });
});
