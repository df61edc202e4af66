import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { logFaults, signalFaults } from '../fixtures/check-run.ts';
import { appendEntry, trade } from '../fixtures/direct-log.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createSetPressure, type SetPressure } from '../fixtures/set-pressure.ts';
import { createSumProcessor } from '../fixtures/sum-processor.ts';
import { createWalk } from '../fixtures/walk-sequence.ts';
import { appendInbox } from '../inbox.ts';
import type { Processor } from '../processor/processor-options.ts';
import { createSequencer } from '../sequencer/sequencer.ts';
import type { Sequencer } from '../sequencer/sequencer-options.ts';

const PARTITION = 5;

describe('a process under pressure', () => {
  let redis: TestRedis;
  let bus: Bus;
  let pressure: SetPressure;
  let running: Processor | Sequencer | undefined;
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    pressure = createSetPressure();
    bus = await openBus({ redisUrl: redis.url, namespace: `pressure-${(test += 1)}`, member: 'a', pressure });
  });
  afterEach(async () => {
    await running?.stop();
    await bus.close();
  });

  const lease = (service: string): Promise<Record<string, string>> => bus.redis.hgetall(bus.keys.lease(service, PARTITION));
  /** Longer than any pause between two looks: leases are renewed four times in a ttl. */
  const leaseIsRenewed = async (service: string): Promise<void> => {
    const before = Number((await lease(service))['untilMs']);
    await until(async () => Number((await lease(service))['untilMs']) > before + bus.leaseTtlMs, { what: 'renewals of the lease' });
  };
  const reached = (n: number): Promise<unknown> => until(() => running?.positions().get(PARTITION)?.n === n, { what: `position ${n}` });

  it('reads nothing more, keeps its partitions, and goes on where it was', async () => {
    running = createSumProcessor(bus);
    await running.start();
    await appendEntry(bus, { partition: PARTITION, n: 1 }, [trade(PARTITION, 1)]);
    await reached(1);
    pressure.set('high');
    // A read that was already waiting may bring one entry more.
    await appendEntry(bus, { partition: PARTITION, n: 2 }, [trade(PARTITION, 2)]);
    await leaseIsRenewed('indicator');
    const pausedAt = running.positions().get(PARTITION)?.n ?? 0;
    const { epoch } = await lease('indicator');
    for (let n = 3; n <= 20; n += 1) await appendEntry(bus, { partition: PARTITION, n }, [trade(PARTITION, n)]);
    await leaseIsRenewed('indicator');
    expect(running.positions().get(PARTITION)?.n).toBe(pausedAt);
    pressure.set('calm');
    await reached(20);
    expect(await lease('indicator')).toMatchObject({ member: 'a', epoch });
    expect(await signalFaults(bus, PARTITION)).toEqual([]);
  });

  it('sequences nothing that is due, but what the inbox brings, and then all of it', async () => {
    const steps = (partition: number): number => (partition === PARTITION ? 50 : 0);
    pressure.set('high');
    running = createSequencer(bus, {
      service: 'ingest',
      info: { pid: 1, url: '' },
      version: '1',
      requiredReaders: [],
      open: async (partition, at) => createWalk(partition, at, { steps: steps(partition), clock: () => performance.now() }),
    });
    await running.start();
    await appendInbox(bus, PARTITION, { ...trade(PARTITION, 7), source: 'live' });
    await reached(1);
    await leaseIsRenewed('ingest');
    expect(running.positions().get(PARTITION)?.n).toBe(1);
    pressure.set('calm');
    await reached(51);
    expect(await logFaults(bus, PARTITION, 50)).toEqual([]);
  });
});
