import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { logFaults, signalFaults } from '../fixtures/check-run.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { configureRedis } from '../fixtures/whole-redis.ts';
import { createSumFold } from '../fixtures/sum-fold.ts';
import { createWalk, WALKING_PARTITIONS } from '../fixtures/walk-sequence.ts';
import { setNeeded } from '../reading/needed.ts';
import { createProcessor } from '../processor/processor.ts';
import { createSequencer } from '../sequencer/sequencer.ts';

const STEPS = 300;
const info = { pid: process.pid, url: '' };
const everyPartition = Array.from({ length: WALKING_PARTITIONS }, (_, partition) => partition);

describe('a Redis that has no room', () => {
  let redis: TestRedis;
  let bus: Bus;
  beforeAll(async () => {
    redis = await startRedis();
    bus = await openBus({ redisUrl: redis.url, namespace: 'full', member: 'test' });
    // The whole log is read at the end.
    await Promise.all(everyPartition.map((partition) => setNeeded(bus, 'test', partition, 0)));
  });
  afterAll(async () => {
    await bus.close();
    await redis.stop();
  });

  const refusals = async (): Promise<number> => Number(/errorstat_OOM:count=(\d+)/.exec(await bus.redis.info('errorstats'))?.[1] ?? 0);
  const cursors = async (): Promise<readonly number[]> => {
    const texts = await Promise.all(everyPartition.map((partition) => bus.redis.hget(bus.keys.position('indicator', partition), 'cursor')));
    return texts.map((text) => Number.parseInt(text ?? '0', 10));
  };
  const lengths = (): Promise<readonly number[]> =>
    Promise.all(
      everyPartition.flatMap((partition) => (['market', 'indicators'] as const).map((topic) => bus.redis.xlen(bus.keys.topic(topic, partition)))),
    );

  it('refuses commits whole; the services say so, lose nothing, and go on once there is room', async () => {
    const walk = { steps: STEPS, everyMs: 5, clock: () => performance.now() };
    const pace = { snapshotEveryEntries: 50, requiredReaders: [] };
    const sequencer = createSequencer(bus, {
      service: 'ingest',
      info,
      version: '1',
      open: async (partition, at) => createWalk(partition, at, { ...walk, steps: partition < WALKING_PARTITIONS ? STEPS : 0 }),
      ...pace,
    });
    const processor = createProcessor(bus, {
      service: 'indicator',
      info,
      version: '1',
      outputs: ['indicators'],
      createFold: (_, snapshot) => createSumFold(snapshot),
      ...pace,
    });
    await Promise.all([sequencer.start(), processor.start()]);
    await until(async () => (await cursors()).every((cursor) => cursor > 20), { what: 'the walk to begin' });

    await configureRedis(bus, 'maxmemory', '1');
    const before = await refusals();
    await until(async () => (await refusals()) > before + 20, { what: 'commits are refused' });
    await until(() => (sequencer.unhealthy() ?? processor.unhealthy()) !== undefined, { what: 'a service says so' });
    const full = await lengths();
    const more = await refusals();
    await until(async () => (await refusals()) > more + 20, { what: 'more commits are refused' });
    expect(await lengths()).toEqual(full);

    await configureRedis(bus, 'maxmemory', '0');
    await until(async () => (await cursors()).every((cursor) => cursor >= STEPS), { what: 'the end of the walk', withinMs: 30_000 });
    await until(() => sequencer.unhealthy() === undefined && processor.unhealthy() === undefined, { what: 'both are well again' });
    await Promise.all([sequencer.stop(), processor.stop()]);
    const faults = await Promise.all(
      everyPartition.map(async (partition) => [...(await logFaults(bus, partition, STEPS)), ...(await signalFaults(bus, partition))]),
    );
    expect(faults.flat()).toEqual([]);
  }, 90_000);
});
