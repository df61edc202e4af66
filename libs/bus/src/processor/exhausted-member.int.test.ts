import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EXHAUSTED_EXIT_CODE } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { logFaults, signalFaults } from '../fixtures/check-run.ts';
import type { MemberOptions } from '../fixtures/member.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { type SpawnedMember, spawnMember } from '../fixtures/spawn-member.ts';
import { WALKING_PARTITIONS } from '../fixtures/walk-sequence.ts';
import { setNeeded } from '../reading/needed.ts';

const STEPS = 800;
const everyPartition = Array.from({ length: WALKING_PARTITIONS }, (_, partition) => partition);

describe('a fleet of which members exhaust themselves', () => {
  let redis: TestRedis;
  let bus: Bus;
  let isOver = false;
  const members: SpawnedMember[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    bus = await openBus({ redisUrl: redis.url, namespace: 'exhausted', member: 'test' });
    // The whole log is read at the end.
    await Promise.all(everyPartition.map((partition) => setNeeded(bus, 'test', partition, 0)));
  });
  afterEach(async () => {
    isOver = true;
    await Promise.all(members.splice(0).map((member) => member.end('SIGKILL')));
  });
  afterAll(async () => {
    await bus.close();
    await redis.stop();
  });

  const spawn = (role: MemberOptions['role'], member: string, leaks = false): SpawnedMember => {
    const spawned = spawnMember({
      role,
      member,
      redisUrl: redis.url,
      namespace: 'exhausted',
      steps: STEPS,
      everyMs: 10,
      leaks,
    });
    members.push(spawned);
    return spawned;
  };
  /** Starts a member again each time it is gone, as a launcher does. Returns its exit codes so far. */
  const keepUp = (role: MemberOptions['role'], member: string): readonly (number | null)[] => {
    const codes: (number | null)[] = [];
    const live = async (): Promise<void> => {
      const { process: child } = spawn(role, member, true);
      await once(child, 'exit');
      if (isOver) return;
      codes.push(child.exitCode);
      void live();
    };
    void live();
    return codes;
  };
  const cursors = async (): Promise<readonly number[]> => {
    const texts = await Promise.all(everyPartition.map((partition) => bus.redis.hget(bus.keys.position('indicator', partition), 'cursor')));
    return texts.map((text) => Number.parseInt(text ?? '0', 10));
  };

  it('publishes what it would have published without: an exhausted member drains, is started anew, and nothing is lost or doubled', async () => {
    spawn('sequencer', 'ingest-1');
    spawn('processor', 'indicator-1');
    const codes = keepUp('processor', 'indicator-2');
    await until(async () => (await cursors()).every((cursor) => cursor >= STEPS), { what: 'the end of the walk', withinMs: 60_000 });
    await until(() => codes.length >= 2, { what: 'a second exhaustion', withinMs: 20_000 });
    expect(codes.filter((code) => code !== EXHAUSTED_EXIT_CODE)).toEqual([]);
    const faults = await Promise.all(
      everyPartition.map(async (partition) => [...(await logFaults(bus, partition, STEPS)), ...(await signalFaults(bus, partition))]),
    );
    expect(faults.flat()).toEqual([]);
  }, 90_000);
});
