import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedisCluster, type RedisProcess, type TestCluster, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { openBlockingReader } from './blocking-reader.ts';
import { openRedis } from './redis-nodes.ts';
import { readStreams } from './stream-replies.ts';
import { openSubscription } from './subscription.ts';

const SLOW_MS = 60_000;

describe('the connection to a cluster', () => {
  let cluster: TestCluster;
  let bus: Bus;
  beforeEach(async () => {
    cluster = await startRedisCluster();
    bus = await openBus({ redisUrl: cluster.url, namespace: 'cluster', member: 'a' });
  }, SLOW_MS);
  afterEach(async () => {
    await bus.close();
    await cluster.stop();
  });

  const key = (partition: number): string => bus.keys.topic('market', partition);
  const partitions = Array.from({ length: 16 }, (_, partition) => partition);
  const isTakenOver = (master: RedisProcess, at: string): Promise<boolean> =>
    cluster.masterOf(at).then(
      (now) => now !== master,
      () => false,
    );

  it('finds the cluster behind the address of one node, and spreads the slots of partitions over all masters', async () => {
    const one = await openRedis(`redis://127.0.0.1:${cluster.nodes[1]?.port}`, { name: 'one' });
    await Promise.all(partitions.map((partition) => one.xadd(key(partition), '1-0', 'p', partition)));
    one.disconnect();
    const holders = await Promise.all(partitions.map((partition) => cluster.masterOf(key(partition))));
    expect(new Set(holders).size).toBe(3);
    expect(await bus.redis.xlen(key(3))).toBe(1);
  });

  it('cuts a blocking read short at the node that holds the keys', async () => {
    const reader = openBlockingReader(bus, 'reader');
    for (let round = 0; round < 3; round += 1) {
      const read = reader.read(new Map([[key(3), '9-0']]), 1);
      await until(async () => String(await (await cluster.masterOf(key(3))).ask((client) => client.client('LIST'))).includes('a:reader'), {
        what: 'the reader to connect',
      });
      reader.cutShort();
      expect(await read).toEqual(new Map());
    }
    reader.close();
  });

  it('goes on with commands and blocking reads at the replica that took over', async () => {
    const reader = openBlockingReader(bus, 'reader');
    const cursors = new Map([[key(3), '0-0']]);
    const read = (): Promise<readonly string[]> =>
      reader.read(cursors, 10).then(
        (found) => (found.get(key(3)) ?? []).map(({ id }) => id),
        () => [],
      );
    await bus.redis.xadd(key(3), '1-0', 'n', 1);
    expect(await read()).toEqual(['1-0']);
    const master = await cluster.masterOf(key(3));
    await until(() => master.ask((client) => client.wait(1, 100)), { what: 'the replica has it' });
    await master.kill();
    const write = (): Promise<boolean> =>
      bus.redis.xadd(key(3), '2-0', 'n', 2).then(
        () => true,
        (error: unknown) => /equal or smaller/.test(String(error)),
      );
    await until(write, { what: 'a write to the slot' });
    await until(async () => (await read()).length === 2, { what: 'both entries' });
    reader.close();
  });

  it('ends a command by its deadline when its node hangs, and finds the node that took over', async () => {
    await bus.redis.set(bus.keys.generation(3), '1');
    const master = await cluster.masterOf(key(3));
    master.pause();
    await expect(bus.redis.get(bus.keys.generation(3))).rejects.toThrow(/timed out|closed/);
    await until(() => isTakenOver(master, key(3)), { what: 'the replica takes over' });
    await until(() => bus.redis.get(bus.keys.generation(3)).catch(() => null), { what: 'an answer' });
    master.resume();
  });

  it('never sends a command again by itself when the connection broke', async () => {
    const master = await cluster.masterOf('count');
    await bus.redis.set('count', 0);
    master.pause();
    const sent = Array.from({ length: 20 }, () => bus.redis.incr('count').then(Number, () => 0));
    // What was sent waits in the sockets of the paused node; the connections are cut before it can answer.
    const cut = master.cutConnections();
    master.resume();
    await cut;
    const answered = (await Promise.all(sent)).filter((n) => n > 0).length;
    const counted = Number(await until(() => bus.redis.get('count').catch(() => null), { what: 'the counter' }));
    expect(counted).toBeGreaterThanOrEqual(answered);
    expect(counted).toBeLessThanOrEqual(20);
  });

  it('delivers what is published to a channel through any node, also after one was killed', async () => {
    const heard: string[] = [];
    const listener = openSubscription(bus, { name: 'listener', channel: 'news', onMessage: (message) => heard.push(message) });
    const publishUntil = (message: string): Promise<unknown> =>
      until(async () => (await bus.redis.publish('news', message).catch(() => 0), heard.includes(message)), { what: message });
    await publishUntil('one');
    const nodes = await Promise.all(
      cluster.nodes.map(async (node) => ({ node, clients: String(await node.ask((client) => client.client('LIST'))) })),
    );
    await nodes.find(({ clients }) => clients.includes('a:listener'))?.node.kill();
    await publishUntil('two');
    listener.close();
  });

  it('refuses a read over two slots rather than reading half of it', async () => {
    const cursors = new Map([3, 4].map((partition) => [key(partition), '0-0'] as const));
    await expect(readStreams(bus.redis, { cursors, count: 1 })).rejects.toThrow(/slot/i);
  });
});
