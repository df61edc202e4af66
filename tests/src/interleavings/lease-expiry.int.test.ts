import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Bus, createBus, createProcessor, type Processor } from '@signal/bus';
import { createLogger, systemClock } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import { appendTrade, countingOptions, PARTITION, publishedSums, wantedSums } from './counting-fold.ts';
import { type MeddledRedis, openMeddledRedis } from './meddled-redis.ts';

const HELD_AT_ENTRY = 2;

/** The owner's way to Redis is closed between its fold of entry 2 and its commit: commit and renewals wait at the closed door. */
describe('a lease that runs out while a commit is on its way', () => {
  let redis: TestRedis;
  let way: MeddledRedis;
  let direct: Bus;
  let owner: Bus;
  let other: Bus;
  let running: Processor[] = [];
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    way = await openMeddledRedis(redis.url);
    const log = createLogger({ service: 'interleavings', member: 'a', level: 'silent' });
    const common = { namespace: `expiry-${(test += 1)}`, partitions: 16, leaseTtlMs: 300, log, clock: systemClock };
    direct = await createBus({ ...common, redisUrl: redis.url, member: 'test' });
    owner = await createBus({ ...common, redisUrl: way.url, member: 'owner' });
    other = await createBus({ ...common, redisUrl: redis.url, member: 'other' });
    running = [];
  });
  afterEach(async () => {
    way.release();
    await Promise.all(running.map((one) => one.stop()));
    await Promise.all([direct.close(), owner.close(), other.close()]);
    await way.close();
  });

  const start = async (bus: Bus, entered?: (n: number) => void): Promise<Processor> => {
    const processor = createProcessor(bus, countingOptions(entered));
    running.push(processor);
    await processor.start();
    return processor;
  };
  const committed = (n: number): Promise<unknown> =>
    until(async () => (await direct.redis.hget(direct.keys.position('indicator', PARTITION), 'cursor')) === `${n}-0`, {
      what: `entry ${n} to be committed`,
    });
  const leaseOf = (): Promise<Record<string, string>> => direct.redis.hgetall(direct.keys.lease('indicator', PARTITION));
  const holdTheOwner = async (): Promise<void> => {
    let heldOnce = false;
    await start(owner, (n) => {
      if (n === HELD_AT_ENTRY && !heldOnce) {
        heldOnce = true;
        way.hold();
      }
    });
    await appendTrade(direct, 1);
    await committed(1);
    await appendTrade(direct, HELD_AT_ENTRY);
    await until(() => way.heldWrites() > 0, { what: 'the commit to stand at the closed door' });
  };

  it('and that another took lets the commit write nothing: the other folds the entry', async () => {
    await holdTheOwner();
    await start(other);
    await committed(HELD_AT_ENTRY);
    expect(await leaseOf()).toMatchObject({ member: 'other', epoch: '2' });
    way.release();
    await until(() => way.heldWrites() === 0, { what: 'the late commit to arrive' });
    await appendTrade(direct, 3);
    await committed(3);
    expect(await publishedSums(direct)).toEqual(wantedSums(3));
  });

  it('and that nobody took lets the commit pass, since nobody else can have committed', async () => {
    await holdTheOwner();
    await until(async () => Number((await leaseOf())['untilMs']) < Date.now(), { what: 'the lease to run out' });
    way.release();
    await committed(HELD_AT_ENTRY);
    await appendTrade(direct, 3);
    await committed(3);
    expect(await publishedSums(direct)).toEqual(wantedSums(3));
    expect(await leaseOf()).toMatchObject({ member: 'owner', epoch: '1' });
  });
});
