import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createTail } from './tail.ts';
import type { Tail } from './tail-types.ts';

describe('a tail', () => {
  let redis: TestRedis;
  let bus: Bus;
  let tail: Tail;
  let entries: string[] = [];
  let resets: string[] = [];
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    bus = await openBus({ redisUrl: redis.url, namespace: `tail-${(test += 1)}`, member: 'a' });
    entries = [];
    resets = [];
    tail = createTail(bus, {
      onEntry: ({ topic, partition, id, fields }) => void entries.push(`${topic} ${partition} ${id} ${String(fields.get('json'))}`),
      onReset: ({ topic, partition, reason }) => void resets.push(`${topic} ${partition} ${reason}`),
      log: createLogger({ service: 'tail', member: 'a', level: 'silent' }),
    });
    await tail.start();
  });
  afterEach(async () => {
    await tail.stop();
    await bus.close();
  });

  const append = (partition: number, n: number, prev = n - 1): Promise<unknown> =>
    bus.redis.xadd(bus.keys.topic('bars', partition), `${n}-0`, 'prev', `${prev}-0`, 'json', String(n));
  const got = (count: number): Promise<unknown> => until(() => entries.length === count, { what: `${count} entries` });

  it('gives every entry after its beginning, of many streams in one slot, added and removed while it runs', async () => {
    await append(3, 1);
    tail.add('bars', 3);
    await append(3, 2);
    await got(1);
    tail.add('bars', 19 % 16);
    tail.add('bars', 3, '0-0');
    tail.add('bars', 4, '0-0');
    await append(4, 1);
    await append(3, 3);
    await got(3);
    tail.remove('bars', 3);
    await append(3, 4);
    await append(4, 2);
    await got(4);
    expect(entries).toEqual(expect.arrayContaining(['bars 3 2-0 2', 'bars 3 3-0 3', 'bars 4 1-0 1', 'bars 4 2-0 2']));
    expect(resets).toEqual([]);
  });

  it('tells of entries that were trimmed before it read them', async () => {
    for (let n = 1; n <= 5; n += 1) await append(3, n);
    await bus.redis.xtrim(bus.keys.topic('bars', 3), 'MAXLEN', 2);
    tail.add('bars', 3, '1-0');
    await until(() => resets.length > 0, { what: 'a reset' });
    await append(3, 6);
    await got(1);
    expect([resets, entries]).toEqual([['bars 3 gap'], ['bars 3 6-0 6']]);
  });

  it('tells of a topic that ends before what it read', async () => {
    tail.add('bars', 3);
    await append(3, 1);
    await append(3, 2);
    await got(2);
    await bus.redis.del(bus.keys.topic('bars', 3));
    await append(3, 1);
    await until(() => resets.length > 0, { what: 'a reset' });
    await append(3, 2);
    await got(3);
    expect(resets).toEqual(['bars 3 rollback']);
  });

  it('tells of a new generation of its slot', async () => {
    tail.add('bars', 3);
    await append(3, 1);
    await got(1);
    await bus.redis.set(bus.keys.generation(3), '1');
    await until(() => resets.length > 0, { what: 'a reset' });
    expect(resets).toEqual(['bars 3 generation']);
  });

  it('tells of a log that was rolled back and written anew up to what it had read when it was cut off', async () => {
    for (const n of [1, 2]) await append(3, n);
    tail.add('bars', 3, '0-0');
    tail.add('bars', 4, '0-0');
    await append(4, 1);
    await got(3);
    // In one call, so that the tail never sees an end before its cursor; and the second entry is another.
    const anew = "redis.call('DEL', KEYS[1]) for n = 1, 2 do redis.call('XADD', KEYS[1], n .. '-0', 'prev', (n - 1) .. '-0', 'json', n * 10) end";
    await bus.redis.eval(anew, 1, bus.keys.topic('bars', 3));
    await redis.cutConnections();
    await until(() => resets.length > 0, { what: 'a reset' });
    await until(() => append(3, 3).catch(() => undefined), { what: 'the entry is written' });
    await until(() => entries.includes('bars 3 3-0 3'), { what: 'it goes on at the end' });
    expect(resets).toEqual(['bars 3 rollback']);
  });

  it('goes on where it was after Redis cut the connection', async () => {
    tail.add('bars', 3);
    await append(3, 1);
    await got(1);
    await redis.cutConnections();
    const sent = (): Promise<boolean> =>
      append(3, 2).then(
        () => true,
        () => false,
      );
    await until(sent, { what: 'the entry is written' });
    await got(2);
    expect([resets, entries.at(-1)]).toEqual([[], 'bars 3 2-0 2']);
  });
});
