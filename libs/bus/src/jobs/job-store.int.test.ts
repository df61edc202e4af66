import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '@signal/testing';
import fc from 'fast-check';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import type { JobLane, JobState } from './job.ts';
import { jobLanes } from './job.ts';
import { checkJob, queueSettings } from './job-options.ts';
import { jobShards } from './job-shards.ts';
import { createJobStore, FIRST_PLACES, type JobStore, NO_PLACES, type Settled, type Settlement, type TakenJob } from './job-store.ts';
import { readJob } from './read-job.ts';

const HOUR_MS = 3_600_000;
const VISIBILITY_MS = 30_000;
const ALL_TURNS = [10, 10, 10] as const;
const ATTEMPTS = 3;

let redis: TestRedis;
let bus: Bus;
let store: JobStore;
let offsetMs = 0;
let opened = 0;

const openStore = (): JobStore => {
  opened += 1;
  offsetMs = 0;
  const settings = queueSettings({ name: `s${opened}`, visibilityMs: VISIBILITY_MS, clockOffsetMs: () => offsetMs });
  return createJobStore(bus, settings, jobShards(bus.keys, settings)[0] as JobStore['shard']);
};
const enqueue = (id: string, lane: JobLane = 'normal', delayMs = 0) =>
  store.enqueue(checkJob({ id, payload: 1, lane, delayMs, retry: { attempts: ATTEMPTS, baseMs: HOUR_MS, maxMs: HOUR_MS } }, () => id));
const takeOne = async (worker: string, places = NO_PLACES): Promise<TakenJob | undefined> =>
  (await store.take({ worker, turns: [1, 0, 0], places })).jobs[0];
/** Makes every job in hand look as if its worker had been silent for the visibility timeout. */
const silence = async (): Promise<void> => {
  for (const lane of store.shard.lanes) {
    const pending = (await bus.redis.xpending(lane, 'workers', '-', '+', 1_000).catch(() => [])) as [string, string][];
    for (const [entry, worker] of pending) await bus.redis.xclaim(lane, 'workers', worker, 0, entry, 'IDLE', VISIBILITY_MS + 1, 'JUSTID');
  }
};
const succeeded: Settlement = { outcome: 'succeeded', text: '1' };
const retry: Settlement = { outcome: 'retry', text: 'no', code: 'job_failed', delayMs: HOUR_MS };

beforeAll(async () => {
  redis = await startRedis();
  bus = await openBus({ redisUrl: redis.url, namespace: 'store', member: 'a' });
});
beforeEach(() => {
  store = openStore();
});
afterAll(async () => {
  await bus.close();
  await redis.stop();
});

describe('a delivery', () => {
  it('of a worker that stood still is refused, whether the next one runs, ended or waits for a retry', async () => {
    for (const [id, end] of [
      ['runs', undefined],
      ['ended', succeeded],
      ['waits', retry],
    ] as const) {
      await enqueue(id);
      const first = (await takeOne('slow')) as TakenJob;
      await silence();
      const second = (await takeOne('quick', FIRST_PLACES)) as TakenJob;
      expect([second.id, second.attempt, second.delivery]).toEqual([id, 2, first.delivery + 1]);
      if (end !== undefined) await store.settle(second, end);
      const before = await readJob(bus, store.shard, id);
      expect(await store.settle(first, succeeded)).toEqual({ fenced: `delivery 1 of ${id} is not the newest, 2` });
      expect(await store.beat('slow', [{ ...first, progress: 0.9 }])).toEqual(['lost']);
      expect(await readJob(bus, store.shard, id)).toEqual(before);
      await store.settle(second, succeeded);
    }
  });

  it('is not given to another while its worker beats', async () => {
    await enqueue('long');
    const job = (await takeOne('a')) as TakenJob;
    await silence();
    expect(await store.beat('a', [{ ...job, progress: 0.5 }])).toEqual(['']);
    expect(await takeOne('b', FIRST_PLACES)).toBeUndefined();
    expect(await store.settle(job, succeeded)).toEqual({ state: 'succeeded' });
  });

  it('is settled once: the same call again, after a reply that was lost, changes nothing and answers the same', async () => {
    for (const [settlement, state] of [
      [succeeded, 'succeeded'],
      [retry, 'delayed'],
      [{ ...retry, outcome: 'failed' }, 'failed'],
      [{ outcome: 'back' }, 'queued'],
    ] as const) {
      await enqueue(state);
      const job = (await takeOne('a')) as TakenJob;
      expect(await store.settle(job, settlement)).toEqual({ state });
      const before = await readJob(bus, store.shard, state);
      expect(await store.settle(job, settlement)).toEqual({ state });
      expect(await readJob(bus, store.shard, state)).toEqual(before);
    }
  });

  it('that kills each of its workers runs out of attempts and goes to the dead letters', async () => {
    await enqueue('deadly');
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      expect((await takeOne(`w${attempt}`, FIRST_PLACES))?.attempt).toBe(attempt);
      await silence();
    }
    expect(await takeOne('last', FIRST_PLACES)).toBeUndefined();
    expect(await readJob(bus, store.shard, 'deadly')).toMatchObject({ state: 'failed', attempts: 3, error: { code: 'job_lost' } });
    expect(await store.count()).toMatchObject({ deadLetters: 1, lanes: { normal: { waiting: 0, running: 0 } } });
  });

  it('comes again after its group was lost', async () => {
    await enqueue('kept');
    const first = (await takeOne('a')) as TakenJob;
    await bus.redis.xgroup('DESTROY', store.shard.lanes[1] ?? '', 'workers');
    const second = (await takeOne('b')) as TakenJob;
    expect([first.delivery, second.delivery]).toEqual([1, 2]);
    expect(await store.settle(second, succeeded)).toEqual({ state: 'succeeded' });
  });

  it('forgets workers without a job, and no other', async () => {
    await enqueue('held');
    await takeOne('busy');
    await takeOne('idle');
    await store.count(0);
    const names = async (): Promise<readonly string[]> =>
      ((await bus.redis.xinfo('CONSUMERS', store.shard.lanes[1] ?? '', 'workers')) as string[][]).map(([, name = '']) => name);
    expect(await names()).toEqual(['busy']);
  });
});

/** What the model knows of a job; `atHour` is when it is due. */
type Modelled = { state: JobState; lane: JobLane; attempts: number; delivery: number; atHour: number; isSilent: boolean; taken: TakenJob[] };
type Model = { jobs: Map<string, Modelled>; hour: number };
type Real = { store: JobStore };
type Step = fc.AsyncCommand<Model, Real>;

const ids = ['a', 'b', 'c', 'd'] as const;
const laneOrder = (model: Model, lane: JobLane, ...states: readonly JobState[]) =>
  [...model.jobs].filter(([, job]) => job.lane === lane && states.includes(job.state)).map(([id]) => id);

const agree = async (model: Model): Promise<void> => {
  const states = await Promise.all([...model.jobs.keys()].map(async (id) => [id, await readJob(bus, store.shard, id)] as const));
  for (const [id, job] of states) {
    const { state, attempts, lane } = model.jobs.get(id) as Modelled;
    expect([id, job?.state, job?.attempts, job?.lane]).toEqual([id, state, attempts, lane]);
  }
  const { lanes, delayed } = await store.count();
  expect(delayed).toBe([...model.jobs.values()].filter(({ state }) => state === 'delayed').length);
  for (const lane of jobLanes) {
    const { waiting, running } = lanes[lane];
    expect([lane, waiting, running]).toEqual([lane, laneOrder(model, lane, 'queued').length, laneOrder(model, lane, 'running').length]);
  }
};

const step = (name: string, run: (model: Model) => Promise<void>): Step => ({
  check: () => true,
  run: async (model) => {
    await run(model);
    await agree(model);
  },
  toString: () => name,
});

const isOpen = (state: JobState): boolean => state === 'queued' || state === 'delayed' || state === 'running';

const enqueueStep = (id: string, lane: JobLane, hours: number): Step =>
  step(`enqueue ${id} ${lane} +${hours}h`, async (model) => {
    const known = model.jobs.get(id);
    const { outcome, detail } = await enqueue(id, lane, hours * HOUR_MS);
    if (known !== undefined) {
      expect([outcome, detail]).toEqual(['duplicate', known.state]);
      return;
    }
    const state = hours === 0 ? 'queued' : 'delayed';
    expect(outcome).toBe(state);
    model.jobs.set(id, { state, lane, attempts: 0, delivery: 0, atHour: model.hour + hours, isSilent: false, taken: [] });
  });

/** Takes everything there is: jobs that are due, and with `looks` those of silent workers; one without an attempt left fails. */
const takeStep = (worker: string, looks: boolean): Step =>
  step(`take by ${worker}${looks ? ', abandoned ones too' : ''}`, async (model) => {
    const expected: string[] = [];
    for (const [id, job] of model.jobs) {
      if (job.state === 'delayed' && job.atHour <= model.hour) job.state = 'queued';
      const isAbandoned = looks && job.isSilent && job.state === 'running';
      if (job.state !== 'queued' && !isAbandoned) continue;
      job.delivery += 1;
      job.isSilent = false;
      if (job.attempts === ATTEMPTS) {
        job.state = 'failed';
        continue;
      }
      job.state = 'running';
      job.attempts += 1;
      expected.push(id);
    }
    const { jobs } = await store.take({ worker, turns: ALL_TURNS, places: looks ? FIRST_PLACES : NO_PLACES });
    expect(jobs.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
    for (const job of jobs) {
      const modelled = model.jobs.get(job.id) as Modelled;
      expect([job.delivery, job.attempt]).toEqual([modelled.delivery, modelled.attempts]);
      modelled.taken.push(job);
    }
  });

const afterSettle = (job: Modelled, settlement: Settlement, hour: number): JobState => {
  if (settlement.outcome === 'succeeded') return 'succeeded';
  if (settlement.outcome === 'back') {
    job.attempts -= 1;
    return 'queued';
  }
  job.atHour = hour + 1;
  return settlement.outcome === 'failed' || job.attempts === ATTEMPTS ? 'failed' : 'delayed';
};

const settleStep = (id: string, back: number, settlement: Settlement): Step =>
  step(`settle ${id}, delivery ${back} before the newest: ${settlement.outcome}`, async (model) => {
    const job = model.jobs.get(id);
    const taken = job?.taken.at(-1 - back);
    if (job === undefined || taken === undefined) return;
    const settled: Settled = await store.settle(taken, settlement);
    if (taken.delivery !== job.delivery || job.state === 'cancelled') {
      expect(settled).toHaveProperty('fenced');
      return;
    }
    if (job.state === 'running') job.state = afterSettle(job, settlement, model.hour);
    expect(settled).toEqual({ state: job.state });
  });

const cancelStep = (id: string): Step =>
  step(`cancel ${id}`, async (model) => {
    const job = model.jobs.get(id);
    const { state, isNew } = await store.cancel(id);
    expect(isNew).toBe(job !== undefined && isOpen(job.state));
    if (job !== undefined && isOpen(job.state)) job.state = 'cancelled';
    expect(state).toBe(job?.state ?? '');
  });

const replayStep = (id: string): Step =>
  step(`replay ${id}`, async (model) => {
    const job = model.jobs.get(id);
    const { outcome } = await store.replay(id);
    expect(outcome).toBe(job?.state === 'failed' ? 'queued' : 'refused');
    if (job?.state !== 'failed') return;
    job.state = 'queued';
    job.attempts = 0;
  });

const hourStep: Step = step('an hour passes', async (model) => {
  model.hour += 1;
  offsetMs += HOUR_MS;
});
const silenceStep: Step = step('every worker falls silent', async (model) => {
  await silence();
  for (const job of model.jobs.values()) job.isSilent = job.state === 'running';
});

const anyId = fc.constantFrom(...ids);
const anySettlement = fc.constantFrom<Settlement>(succeeded, retry, { ...retry, outcome: 'failed' }, { outcome: 'back' });
const steps = [
  fc.tuple(anyId, fc.constantFrom(...jobLanes), fc.nat(2)).map(([id, lane, hours]) => enqueueStep(id, lane, hours)),
  fc.tuple(fc.constantFrom('w1', 'w2'), fc.boolean()).map(([worker, looks]) => takeStep(worker, looks)),
  fc.tuple(anyId, fc.nat(1), anySettlement).map(([id, back, settlement]) => settleStep(id, back, settlement)),
  anyId.map(cancelStep),
  anyId.map(replayStep),
  fc.constant(hourStep),
  fc.constant(silenceStep),
];

describe('the states of a job', () => {
  it('follow the model through any history of enqueues, takes, settlements, cancels, replays, silences and hours', async () => {
    const seed = Number(process.env['SIGNAL_SEED'] ?? Date.now() % 1_000_000);
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 60, size: 'max' }), async (commands) => {
        store = openStore();
        await fc.asyncModelRun(() => ({ model: { jobs: new Map(), hour: 0 }, real: { store } }), commands);
      }),
      { seed, numRuns: 60 },
    );
  }, 60_000);
});
