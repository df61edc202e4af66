import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedisCluster, type TestCluster, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { trade } from '../fixtures/direct-log.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createWalk } from '../fixtures/walk-sequence.ts';
import { appendInbox } from '../inbox.ts';
import { createSequencer } from '../sequencer/sequencer.ts';

const PARTITION = 3;
const push = { ...trade(PARTITION, 1), source: 'live' } as const;

describe('writes that a replica must confirm', () => {
  let cluster: TestCluster;
  let bus: Bus;
  beforeAll(async () => {
    cluster = await startRedisCluster({ nodeTimeoutMs: 30_000 });
    bus = await openBus({ redisUrl: cluster.url, namespace: 'wait', member: 'a', waitReplicas: 1 });
  }, 60_000);
  afterAll(async () => {
    await bus.close();
    await cluster.stop();
  });

  it('are acknowledged while it does, refused while it does not, and acknowledged again once it is back', async () => {
    await appendInbox(bus, PARTITION, push);
    const [replica] = await cluster.replicasOf(await cluster.masterOf(bus.keys.topic('inbox', PARTITION)));
    replica?.pause();
    await expect(appendInbox(bus, PARTITION, push)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('1 replicas') });
    replica?.resume();
    await until(() => appendInbox(bus, PARTITION, push).catch(() => ''), { what: 'a confirmed push' });
  });

  it('go on in the log without it, since their readers have them already', async () => {
    const [replica] = await cluster.replicasOf(await cluster.masterOf(bus.keys.topic('market', PARTITION)));
    const sequencer = createSequencer(bus, {
      service: 'ingest',
      info: { pid: 1, url: '' },
      version: '1',
      requiredReaders: [],
      open: async (partition, at) =>
        createWalk(partition, at, { steps: partition === PARTITION ? 500 : 0, everyMs: 2, clock: () => performance.now() }),
    });
    await sequencer.start();
    const reached = (n: number): Promise<unknown> => until(() => (sequencer.positions().get(PARTITION)?.n ?? 0) >= n, { what: `entry ${n}` });
    await reached(20);
    replica?.pause();
    await reached(400);
    replica?.resume();
    await reached(500);
    await sequencer.stop();
  });
});
