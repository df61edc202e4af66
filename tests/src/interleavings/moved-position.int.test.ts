import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Bus, createBus, createProcessor, type Processor } from '@signal/bus';
import { createLogger, systemClock } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import { appendTrade, countingOptions, PARTITION, publishedSums } from './counting-fold.ts';

describe('a stored position that another hand moved back', () => {
  let redis: TestRedis;
  let bus: Bus;
  let processor: Processor;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    const log = createLogger({ service: 'interleavings', member: 'a', level: 'silent' });
    bus = await createBus({ redisUrl: redis.url, namespace: 'moved', partitions: 16, member: 'a', leaseTtlMs: 300, log, clock: systemClock });
    processor = createProcessor(bus, countingOptions());
  });
  afterEach(async () => {
    await processor.stop();
    await bus.close();
  });

  it('is noticed while nothing comes, and what lies behind it is folded again', async () => {
    await appendTrade(bus, 1);
    await appendTrade(bus, 2);
    await processor.start();
    await until(() => processor.positions().get(PARTITION)?.n === 2, { what: 'both entries to be committed' });
    const position = bus.keys.position('indicator', PARTITION);
    await bus.redis.del(bus.keys.topic('indicators', PARTITION));
    await bus.redis.hset(position, 'cursor', '1-0');
    await until(async () => (await publishedSums(bus)).length > 0, { what: 'entry 2 to be folded again' });
    expect(await publishedSums(bus)).toEqual([['2-0', 3]]);
  });
});
