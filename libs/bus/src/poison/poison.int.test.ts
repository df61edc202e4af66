import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeSignals } from '@signal/contracts';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { everyEntry } from '../fixtures/check-run.ts';
import { appendEntry, trade } from '../fixtures/direct-log.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { type SpawnedMember, spawnMember } from '../fixtures/spawn-member.ts';
import { DEADLY_PRICE, THROWING_PRICE } from '../fixtures/sum-fold.ts';
import { createSumProcessor } from '../fixtures/sum-processor.ts';

const PARTITION = 5;
/** More deaths than any of these entries needs; then the search has failed. */
const MAX_DEATHS = 12;

describe('a record that kills its process', () => {
  let redis: TestRedis;
  let bus: Bus;
  let member: SpawnedMember | undefined;
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    bus = await openBus({ redisUrl: redis.url, namespace: `poison-${(test += 1)}`, member: 'test' });
  });
  afterEach(async () => {
    await member?.end('SIGKILL');
    await bus.close();
  });

  const append = (n: number, prices: readonly number[], partition = PARTITION): Promise<void> =>
    appendEntry(
      bus,
      { partition, n },
      prices.map((price) => trade(partition, price)),
    );
  const isCommitted = async (n: number, partition = PARTITION): Promise<boolean> =>
    (await bus.redis.hget(bus.keys.position('indicator', partition), 'cursor')) === `${n}-0`;
  const spawn = (): SpawnedMember =>
    spawnMember({ role: 'processor', redisUrl: redis.url, namespace: bus.keys.namespace, member: 'mortal', steps: 0 });

  /** Starts members one after the other, as a launcher does, until nobody dies before `isDone`. Returns how many died. */
  const live = async (isDone: () => Promise<boolean>): Promise<number> => {
    for (let deaths = 0; deaths <= MAX_DEATHS; deaths += 1) {
      const current = spawn();
      member = current;
      await until(async () => current.process.signalCode !== null || (await isDone()), { what: 'a member to die or to be done' });
      if (current.process.signalCode === null) return deaths;
    }
    return Number.POSITIVE_INFINITY;
  };
  const letters = async (partition = PARTITION): Promise<readonly unknown[]> =>
    (await everyEntry(bus, bus.keys.dead('indicator', partition))).map(({ fields }) =>
      ['entryId', 'index', 'code'].map((name) => String(fields.get(name))).join(' '),
    );
  const lastSum = async (partition = PARTITION): Promise<unknown> => {
    const last = (await everyEntry(bus, bus.keys.topic('indicators', partition))).at(-1)?.fields.get('json');
    return decodeSignals({ json: String(last) }).at(-1)?.data;
  };

  it('is found in the middle of a batch and left out alone', async () => {
    for (let n = 1; n <= 40; n += 1) await append(n, n === 23 ? [1, 2, DEADLY_PRICE, 4] : [1]);
    const deaths = await live(() => isCommitted(40));
    expect(await letters()).toEqual(['23-0 2 record_deadly']);
    expect(await lastSum()).toEqual({ sum: 39 + 7 });
    // The batch, the entry, and the record twice; the first death of all may have been of another cause.
    expect(deaths).toBe(5);
  });

  it('is found beside others of its kind, and beside one that throws', async () => {
    await append(1, [DEADLY_PRICE, 8, THROWING_PRICE, 16, DEADLY_PRICE]);
    await append(2, [32]);
    await live(() => isCommitted(2));
    expect(await letters()).toEqual(['1-0 0 record_deadly', '1-0 4 record_deadly', '1-0 2 schema']);
    expect(await lastSum()).toEqual({ sum: 56 });
  });

  it('does not drag along what other partitions hold', async () => {
    for (const partition of [1, 2, 3, 4, 6, 7]) await append(1, [partition], partition);
    await append(1, [DEADLY_PRICE, 1]);
    await live(async () => (await Promise.all([1, 2, 3, 4, PARTITION, 6, 7].map((one) => isCommitted(1, one)))).every(Boolean));
    expect(await letters()).toEqual(['1-0 0 record_deadly']);
    for (const partition of [1, 2, 3, 4, 6, 7]) expect(await letters(partition)).toEqual([]);
  });

  it('is left out by every later owner that restores from the log', async () => {
    await append(1, [1, DEADLY_PRICE, 2]);
    await live(() => isCommitted(1));
    await member?.end('SIGTERM');
    const next = createSumProcessor(bus);
    await next.start();
    await append(2, [4]);
    await until(() => isCommitted(2), { what: 'the next entry' });
    expect(await lastSum()).toEqual({ sum: 7 });
    await next.stop();
  });

  it('is not suspected where an owner died idle', async () => {
    await bus.redis.hset(bus.keys.lease('indicator', PARTITION), { member: 'dead', nonce: 'x', epoch: 2, untilMs: 1, free: '' });
    await append(1, [1]);
    const next = createSumProcessor(bus);
    await next.start();
    await until(() => isCommitted(1), { what: 'the entry' });
    await append(2, [2]);
    await until(() => isCommitted(2), { what: 'the next entry' });
    expect(String(await bus.redis.hget(bus.keys.position('indicator', PARTITION), 'attempt'))).toContain('0-0|{"stage":"batch"');
    expect(await letters()).toEqual([]);
    await next.stop();
  });
});
