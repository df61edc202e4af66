import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Bus, createBus, createProcessor, type Processor } from '@signal/bus';
import { createLogger, systemClock } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import { appendTrade, countingOptions, PARTITION, publishedSums } from './counting-fold.ts';

const throwsAtTwo = (n: number): void => {
  if (n === 2) throw new RangeError('an entry that nobody can fold');
};

describe('an entry that was dead-lettered', () => {
  let redis: TestRedis;
  let bus: Bus;
  let running: Processor | undefined;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    const log = createLogger({ service: 'interleavings', member: 'a', level: 'silent' });
    bus = await createBus({ redisUrl: redis.url, namespace: 'skips', partitions: 16, member: 'a', leaseTtlMs: 300, log, clock: systemClock });
  });
  afterEach(async () => {
    await running?.stop();
    await bus.close();
  });

  it('is left out again when the state is rebuilt from the log', async () => {
    const runTo = async (n: number, version: string): Promise<void> => {
      running = createProcessor(bus, { ...countingOptions(throwsAtTwo), version });
      await running.start();
      await until(() => running?.positions().get(PARTITION)?.n === n, { what: `entry ${n} to be committed` });
      await running.stop();
    };
    for (const n of [1, 2, 3]) await appendTrade(bus, n);
    await runTo(3, '1');
    await appendTrade(bus, 4);
    // Of another version, so that no snapshot is of use.
    await runTo(4, '2');
    expect(await publishedSums(bus)).toEqual([
      ['1-0', 1],
      ['3-0', 4],
      ['4-0', 8],
    ]);
  });
});
