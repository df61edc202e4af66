import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { murmur3 } from '@signal/contracts';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import type { JobWorkerOptions } from '../fixtures/job-worker.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { type SpawnedMember, spawnFixture } from '../fixtures/spawn-member.ts';
import { mastersOf } from '../redis/redis-nodes.ts';
import { createJobQueue } from './job-queue.ts';

const JOBS = 1_000;
const WORKERS = 4;
const HITS = 14;
const VISIBILITY_MS = 400;

let redis: TestRedis;
let bus: Bus;
beforeAll(async () => {
  redis = await startRedis();
  bus = await openBus({ redisUrl: redis.url, namespace: 'crash', member: 'test' });
});
afterAll(async () => {
  await bus.close();
  await redis.stop();
});

/** How often a command ran on all masters, inside scripts too. */
const callsOf = async (command: string): Promise<number> => {
  const shape = new RegExp(`cmdstat_${command}:calls=(\\d+)`);
  const calls = await Promise.all(
    (await mastersOf(bus.redis)).map(async (master) => Number(shape.exec(await master.info('commandstats'))?.[1] ?? 0)),
  );
  return calls.reduce((sum, one) => sum + one, 0);
};

describe('workers that die', () => {
  const seed = Number(process.env['SIGNAL_SEED'] ?? Date.now() % 1_000_000);

  it(`leave nothing undone and nothing pending: ${JOBS} jobs, ${HITS} kills and pauses at random, seed ${seed}`, async () => {
    let drawn = 0;
    const draw = (below: number): number => murmur3(`${seed}:${drawn++}`) % below;
    const queue = createJobQueue(bus, { name: 'crash', visibilityMs: VISIBILITY_MS, shards: 2 });
    const ids = Array.from({ length: JOBS }, (_, i) => `job-${i}`);
    const lanes = ['high', 'normal', 'low'] as const;
    await Promise.all(ids.map((id) => queue.enqueue({ id, payload: null, lane: lanes[draw(3)] ?? 'low', retry: { attempts: 100 } })));
    const options: Omit<JobWorkerOptions, 'member'> = {
      redisUrl: redis.url,
      namespace: 'crash',
      queue: 'crash',
      visibilityMs: VISIBILITY_MS,
      concurrency: 8,
      jobMs: 30,
      shards: 2,
    };
    let started = 0;
    const spawn = (): SpawnedMember => {
      started += 1;
      return spawnFixture('job-worker.ts', { ...options, member: `w${started}` } as JobWorkerOptions);
    };
    const workers = Array.from({ length: WORKERS }, spawn);
    const paused: Promise<unknown>[] = [];
    const effects = () => bus.redis.hlen(bus.keys.global('effects'));
    for (let hit = 1; hit <= HITS; hit += 1) {
      const at = Math.floor((JOBS * 0.9 * hit) / HITS);
      await until(async () => (await effects()) >= at, { what: `${at} jobs were done`, withinMs: 60_000 });
      const index = draw(WORKERS);
      const victim = workers[index] as SpawnedMember;
      if (draw(3) === 0) {
        victim.process.kill('SIGSTOP');
        const doneThen = await effects();
        paused.push(
          // It wakes when others have done its jobs, and tries to settle them.
          until(async () => (await effects()) > Math.min(JOBS - 1, doneThen + 40), { what: 'others go on', withinMs: 60_000 }).finally(() =>
            victim.process.kill('SIGCONT'),
          ),
        );
      } else {
        await victim.end('SIGKILL');
        workers[index] = spawn();
      }
    }
    await Promise.all(paused);
    const inQueue = async (): Promise<number> => {
      const { lanes: counted, delayed } = await queue.count();
      return delayed + Object.values(counted).reduce((sum, lane) => sum + lane.waiting + lane.running, 0);
    };
    await until(async () => (await inQueue()) === 0, { what: 'the queue is empty', withinMs: 60_000 });
    await Promise.all(workers.map((worker) => worker.end('SIGTERM')));
    const states = await Promise.all(ids.map((id) => queue.readJob(id)));
    expect(states.filter((job) => job?.state !== 'succeeded')).toEqual([]);
    expect(await effects()).toBe(JOBS);
    expect(await callsOf('xack')).toBe(JOBS);
    expect(await inQueue()).toBe(0);
    expect(await queue.readLetters(1)).toEqual([]);
  }, 120_000);
});
