import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { everyEntry } from '../fixtures/check-run.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createSumFold } from '../fixtures/sum-fold.ts';
import { createWalk } from '../fixtures/walk-sequence.ts';
import { createProcessor } from '../processor/processor.ts';
import type { Processor } from '../processor/processor-options.ts';
import { createSequencer } from '../sequencer/sequencer.ts';
import type { Sequencer } from '../sequencer/sequencer-options.ts';
import { sequenceOf } from '../redis/stream-id.ts';
import { createTail } from '../tail/tail.ts';
import { readReaderStates } from './reader-states.ts';

const PARTITION = 5;
const info = { pid: 1, url: '' };

describe('a service that was away for longer than its budget', () => {
  let redis: TestRedis;
  let bus: Bus;
  let running: Pick<Sequencer, 'stop'>[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    bus = await openBus({ redisUrl: redis.url, namespace: 'dropped', member: 'a' });
  });
  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop()));
    running = [];
    await bus.close();
  });

  const startLog = async (budgetMs: number): Promise<Sequencer> => {
    const sequencer = createSequencer(bus, {
      service: 'ingest',
      info,
      version: '1',
      requiredReaders: ['indicator'],
      readerBudgets: { budgetMs, maxBacklogBytes: 2 ** 30 },
      snapshotEveryEntries: 50,
      open: async (partition, at) =>
        createWalk(partition, at, { steps: partition === PARTITION ? 100_000 : 0, everyMs: 2, clock: () => performance.now() }),
    });
    running.push(sequencer);
    await sequencer.start();
    return sequencer;
  };
  const startReader = async (): Promise<Processor> => {
    const processor = createProcessor(bus, {
      service: 'indicator',
      info,
      version: '1',
      outputs: ['indicators'],
      requiredReaders: [],
      snapshotEveryEntries: 50,
      createFold: (_, snapshot) => createSumFold(snapshot),
    });
    running.push(processor);
    await processor.start();
    return processor;
  };
  const stop = async (one: Pick<Sequencer, 'stop'>): Promise<void> => {
    running = running.filter((other) => other !== one);
    await one.stop();
  };
  const firstN = async (): Promise<number> =>
    Number.parseInt((await bus.redis.xrange(bus.keys.topic('market', PARTITION), '-', '+', 'COUNT', 1))[0]?.[0] ?? '0', 10);
  const written = async (): Promise<number> => (await everyEntry(bus, bus.keys.topic('indicators', PARTITION))).length;

  it('finds its gap and says so; it publishes nothing over it, and a tail of the log is reset', async () => {
    const log = await startLog(1_000);
    const reader = await startReader();
    await until(() => (reader.positions().get(PARTITION)?.n ?? 0) > 100, { what: 'a hundred entries read' });
    await stop(reader);
    const stoodAt = sequenceOf((await bus.redis.hget(bus.keys.position('indicator', PARTITION), 'cursor')) ?? '0-0');
    const before = await written();
    await until(async () => (await firstN()) > stoodAt + 100, { what: 'the log trimmed past where it stood' });
    const dropped = (await readReaderStates(bus)).find(({ reader: name, partition }) => name === 'indicator' && partition === PARTITION);
    expect(dropped?.drops).toBe(1);
    const resets: string[] = [];
    const tail = createTail(bus, {
      onEntry: () => undefined,
      onReset: ({ reason }) => void resets.push(reason),
      log: createLogger({ service: 'tail', member: 'a', level: 'silent' }),
    });
    running.push(tail);
    await tail.start();
    tail.add('market', PARTITION, `${stoodAt}-0`);
    const again = await startReader();
    await until(() => again.unhealthy(), { what: 'the gap to be said' });
    expect(again.unhealthy()).toMatch(/is missing|goes on after|has no entry between/);
    await until(() => resets.length > 0, { what: 'a reset of the tail' });
    expect([resets, await written()]).toEqual([['gap'], before]);
    await stop(log);
  });
});
