import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { logFaults, signalFaults } from '../fixtures/check-run.ts';
import type { MemberOptions } from '../fixtures/member.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { type SpawnedMember, spawnMember } from '../fixtures/spawn-member.ts';
import { WALKING_PARTITIONS } from '../fixtures/walk-sequence.ts';
import { setNeeded } from '../reading/needed.ts';

const STEPS = 300;
const everyPartition = Array.from({ length: WALKING_PARTITIONS }, (_, partition) => partition);

describe('a fleet of real processes', () => {
  let redis: TestRedis;
  let bus: Bus;
  const members: SpawnedMember[] = [];
  beforeAll(async () => {
    redis = await startRedis({ aof: true });
  });
  afterAll(async () => {
    await redis.stop();
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.end('SIGKILL')));
    await bus.close();
  });

  const begin = async (namespace: string): Promise<(role: MemberOptions['role'], member: string) => SpawnedMember> => {
    bus = await openBus({ redisUrl: redis.url, namespace, member: 'test' });
    await Promise.all(everyPartition.map((partition) => setNeeded(bus, 'test', partition, 0)));
    return (role, member) => {
      const spawned = spawnMember({ role, member, redisUrl: redis.url, namespace, steps: STEPS, everyMs: 5 });
      members.push(spawned);
      return spawned;
    };
  };

  const reached = (n: number) => async (): Promise<boolean> => {
    const cursors = await Promise.all(everyPartition.map((partition) => bus.redis.hget(bus.keys.position('indicator', partition), 'cursor'))).catch(
      () => [],
    );
    return cursors.length === WALKING_PARTITIONS && cursors.every((cursor) => Number.parseInt(cursor ?? '0', 10) >= n);
  };

  const faults = async (): Promise<readonly string[]> =>
    (
      await Promise.all(
        everyPartition.map(async (partition) => [...(await logFaults(bus, partition, STEPS)), ...(await signalFaults(bus, partition))]),
      )
    ).flat();

  it('loses, doubles and reorders nothing when sequencer and processors are killed in turn', async () => {
    const spawn = await begin('kill');
    const [ingest, first, second] = [spawn('sequencer', 'ingest-1'), spawn('processor', 'indicator-1'), spawn('processor', 'indicator-2')];
    await Promise.all([ingest.ready, first.ready, second.ready]);
    await until(reached(30), { what: 'the walk to begin' });
    await first.end('SIGKILL');
    await until(reached(100), { what: 'the other processor to take over' });
    await ingest.end('SIGKILL');
    spawn('sequencer', 'ingest-1');
    spawn('processor', 'indicator-1');
    await until(reached(180), { what: 'a new sequencer to go on' });
    await second.end('SIGTERM');
    await until(reached(STEPS), { what: 'the end of the walk' });
    expect(await faults()).toEqual([]);
  });

  it('goes on without a fault after Redis was killed and came back with its append-only file', async () => {
    const spawn = await begin('redis');
    const ingest = spawn('sequencer', 'ingest-a');
    await Promise.all([ingest.ready, spawn('processor', 'indicator-a').ready]);
    await until(reached(50), { what: 'the walk to begin' });
    await redis.kill();
    // Nobody is left who knows what was acknowledged.
    await ingest.end('SIGKILL');
    await redis.restart();
    spawn('sequencer', 'ingest-b');
    await until(reached(150), { what: 'the walk to go on' });
    await redis.restart();
    await until(reached(STEPS), { what: 'the end of the walk' });
    expect(await faults()).toEqual([]);
    const generations = await Promise.all(everyPartition.map((partition) => bus.redis.get(bus.keys.generation(partition))));
    // A server that came back with its file is no failover; only of a cluster a replica may have been quicker.
    if (!bus.isCluster) expect(generations).toEqual(everyPartition.map(() => null));
  });
});
