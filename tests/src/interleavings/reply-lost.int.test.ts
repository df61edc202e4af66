import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Bus, createBus, createProcessor, type Processor } from '@signal/bus';
import { createLogger, systemClock } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Meddling } from '../chaos/proxy/redis-link.ts';
import { appendTrade, countingOptions, PARTITION, publishedSums, wantedSums } from './counting-fold.ts';
import { type MeddledRedis, openMeddledRedis } from './meddled-redis.ts';

const ENTRIES = 30;

describe('a processor between which and Redis', () => {
  let redis: TestRedis;
  let way: MeddledRedis;
  let direct: Bus;
  let bus: Bus;
  let processor: Processor;
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    way = await openMeddledRedis(redis.url);
    const log = createLogger({ service: 'interleavings', member: 'a', level: 'silent' });
    const common = { namespace: `reply-${(test += 1)}`, partitions: 16, leaseTtlMs: 300, log, clock: systemClock };
    direct = await createBus({ ...common, redisUrl: redis.url, member: 'test' });
    bus = await createBus({ ...common, redisUrl: way.url, member: 'a' });
    processor = createProcessor(bus, countingOptions());
  });
  afterEach(async () => {
    way.meddle = () => 'nothing';
    await processor.stop();
    await Promise.all([bus.close(), direct.close()]);
    await way.close();
  });

  const runThrough = async (meddle: (writes: number) => Meddling): Promise<void> => {
    for (let n = 1; n <= ENTRIES; n += 1) await appendTrade(direct, n);
    way.meddle = meddle;
    await processor.start();
    await until(async () => (await direct.redis.hget(direct.keys.position('indicator', PARTITION), 'cursor')) === `${ENTRIES}-0`, {
      what: 'the last entry to be committed',
      withinMs: 20_000,
    });
  };

  it('replies of commits are lost finds out that they were written, and writes none again', async () => {
    await runThrough((writes) => (writes % 4 === 1 ? 'lose-reply' : 'nothing'));
    expect(way.counts['lose-reply']).toBeGreaterThan(5);
    expect(await publishedSums(direct)).toEqual(wantedSums(ENTRIES));
  });

  it('every write is sent twice has an effect of each once', async () => {
    await runThrough(() => 'duplicate');
    expect(way.counts.duplicate).toBeGreaterThan(ENTRIES / 2);
    expect(await publishedSums(direct)).toEqual(wantedSums(ENTRIES));
  });

  it('the reply of an append is lost says so, and appends no second time', async () => {
    const key = direct.keys.topic('inbox', PARTITION);
    await bus.redis.xadd(key, '*', 'json', '1');
    way.meddle = () => 'lose-reply';
    await expect(bus.redis.xadd(key, '*', 'json', '2')).rejects.toThrow();
    way.meddle = () => 'nothing';
    await until(() => bus.redis.ping(), { what: 'the connection to be back' });
    await bus.redis.xadd(key, '*', 'json', '3');
    expect((await direct.redis.xrange(key, '-', '+')).map(([, [, json]]) => json)).toEqual(['1', '2', '3']);
  });
});
