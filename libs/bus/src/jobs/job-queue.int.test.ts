import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SignalError } from '@signal/contracts';
import { createMetrics, type Pressure, type PressureLevel } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { everyKey } from '../fixtures/whole-redis.ts';
import type { JobHandler, JobState, NewJob } from './job.ts';
import { createJobQueue, type JobQueue } from './job-queue.ts';
import { type JobQueueOptions, queueSettings } from './job-options.ts';
import { jobShards } from './job-shards.ts';
import type { JobWorker, WorkerOptions } from './job-worker.ts';

const HOUR_MS = 3_600_000;

let redis: TestRedis;
let bus: Bus;
let queue: JobQueue;
let offsetMs = 0;
let opened = 0;
const workers: JobWorker[] = [];

const open = (options: Partial<JobQueueOptions> = {}): JobQueue => {
  opened += 1;
  return createJobQueue(bus, { name: `q${opened}`, visibilityMs: 500, clockOffsetMs: () => offsetMs, ...options });
};
const work = (handle: JobHandler, options: Partial<WorkerOptions> = {}, on = queue): JobWorker => {
  const worker = on.createWorker({ handle, name: `w${workers.length}`, random: () => 0, drainMs: 100, ...options });
  workers.push(worker);
  worker.start();
  return worker;
};
const isIn = async (id: string, ...states: readonly JobState[]): Promise<boolean> => states.includes((await queue.readJob(id))?.state ?? 'queued');
const reaches = (id: string, ...states: readonly JobState[]) => until(() => isIn(id, ...states), { what: `${id} is ${states.join(' or ')}` });
const quick: NewJob['retry'] = { baseMs: 1, maxMs: 1 };

beforeAll(async () => {
  redis = await startRedis();
  bus = await openBus({ redisUrl: redis.url, namespace: 'jobs', member: 'a' });
});
beforeEach(() => {
  offsetMs = 0;
  queue = open();
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});
afterAll(async () => {
  await bus.close();
  await redis.stop();
});

describe('a job', () => {
  it('is done, and its result, progress and times can be read', async () => {
    await queue.enqueue({ id: 'sum', payload: [1, 2] });
    work(async ({ payload, progress }) => {
      progress(0.5);
      return (payload as number[]).reduce((a, b) => a + b);
    });
    await reaches('sum', 'succeeded');
    const job = await queue.readJob('sum');
    expect(job).toMatchObject({ state: 'succeeded', lane: 'normal', attempts: 1, progress: 1, result: 3, error: null });
    const { createdMs = 0, startedMs, finishedMs } = job ?? {};
    expect(startedMs).toBeGreaterThanOrEqual(createdMs);
    expect(finishedMs).toBeGreaterThanOrEqual(startedMs ?? Infinity);
  });

  it('has one effect however often it is enqueued, before, while and after it runs', async () => {
    const effects: string[] = [];
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const enqueue = () => queue.enqueue({ id: 'once', payload: null });
    expect(await Promise.all([enqueue(), enqueue(), enqueue()])).toEqual([
      { id: 'once', outcome: 'queued' },
      { id: 'once', outcome: 'duplicate', state: 'queued' },
      { id: 'once', outcome: 'duplicate', state: 'queued' },
    ]);
    work(async ({ id }) => {
      effects.push(id);
      begun.resolve();
      await go.promise;
    });
    await begun.promise;
    expect(await enqueue()).toMatchObject({ outcome: 'duplicate', state: 'running' });
    go.resolve();
    await reaches('once', 'succeeded');
    expect(await enqueue()).toMatchObject({ outcome: 'duplicate', state: 'succeeded' });
    await queue.enqueue({ id: 'after', payload: null });
    await reaches('after', 'succeeded');
    expect(effects).toEqual(['once', 'after']);
  });

  it('is refused with the bound when its queue is full, and known again all the same', async () => {
    queue = open({ maxJobs: 2 });
    await queue.enqueue({ id: 'a', payload: 1 });
    await queue.enqueue({ id: 'b', payload: 1, delayMs: HOUR_MS });
    await expect(queue.enqueue({ id: 'c', payload: 1 })).rejects.toMatchObject({
      code: 'overloaded',
      message: expect.stringMatching(/holds 2 jobs, and may hold 2$/),
    });
    expect(await queue.enqueue({ id: 'a', payload: 1 })).toMatchObject({ outcome: 'duplicate' });
    await queue.cancelJob('a');
    expect(await queue.enqueue({ id: 'c', payload: 1 })).toMatchObject({ outcome: 'queued' });
  });

  it.each([
    ['an id with a blank', { id: 'a b', payload: 1 }, 'a job\'s id is "a b"'],
    ['an empty id', { id: '', payload: 1 }, 'must be 1 to 255'],
    ['a payload beyond its bound', { id: 'big', payload: 'x'.repeat(65 * 1024) }, 'and may have 65536'],
    ['a negative delay', { id: 'd', payload: 1, delayMs: -1 }, 'delayMs is -1'],
    ['no attempt', { id: 'd', payload: 1, retry: { attempts: 0 } }, 'attempts is 0'],
    ['a timeout that no timer can wait for', { id: 'd', payload: 1, timeoutMs: 2 ** 31 }, 'timeoutMs is 2147483648'],
  ])('is refused with %s', async (_, job, words) => {
    await expect(queue.enqueue(job)).rejects.toMatchObject({ code: 'argument_invalid', message: expect.stringContaining(words) });
  });

  it('with a delay is begun when the server says that its time has come, not before', async () => {
    const done: string[] = [];
    work(async ({ id }) => void done.push(id));
    await queue.enqueue({ id: 'later', payload: 1, delayMs: HOUR_MS });
    await queue.enqueue({ id: 'now', payload: 1 });
    await reaches('now', 'succeeded');
    expect(await queue.readJob('later')).toMatchObject({ state: 'delayed', attempts: 0, startedMs: null });
    offsetMs = HOUR_MS - 60_000;
    await queue.enqueue({ id: 'now-too', payload: 1 });
    await reaches('now-too', 'succeeded');
    expect(await queue.readJob('later')).toMatchObject({ state: 'delayed' });
    offsetMs = HOUR_MS;
    await reaches('later', 'succeeded');
    const later = await queue.readJob('later');
    expect((later?.startedMs ?? 0) - (later?.dueMs ?? Infinity)).toBeGreaterThanOrEqual(0);
  });

  it('waits twice as long before each further attempt, up to its cap, and goes to the dead letters after the last', async () => {
    const waits: number[] = [];
    const handle: JobHandler = async ({ attempt }) => {
      throw new RangeError(`no ${attempt}`);
    };
    await queue.enqueue({ id: 'poison', payload: { a: 1 }, retry: { attempts: 4, baseMs: HOUR_MS, maxMs: 2 * HOUR_MS } });
    work(handle);
    for (const attempt of [1, 2, 3]) {
      const waiting = await until(
        async () => {
          const job = await queue.readJob('poison');
          return job?.state === 'delayed' && job.attempts === attempt && job;
        },
        { what: `attempt ${attempt} failed` },
      );
      waits.push(Math.round(((waiting.dueMs ?? 0) - (waiting.startedMs ?? 0)) / HOUR_MS));
      offsetMs += 2 * HOUR_MS;
    }
    await reaches('poison', 'failed');
    expect(waits).toEqual([1, 2, 2]);
    expect(await queue.readJob('poison')).toMatchObject({ attempts: 4, error: { code: 'job_failed', message: 'RangeError: no 4' } });
    expect(await queue.readLetters(10)).toMatchObject([{ job: 'poison', code: 'job_failed', attempts: 4, error: 'RangeError: no 4' }]);
  });

  it('that failed is done with all its attempts again when it is replayed, and its letter is gone', async () => {
    let isMended = false;
    await queue.enqueue({ id: 'mended', payload: 1, retry: { attempts: 1 } });
    work(async () => {
      if (!isMended) throw new RangeError('broken');
    });
    await reaches('mended', 'failed');
    await expect(queue.replayJob('nobody')).rejects.toMatchObject({ code: 'not_found' });
    isMended = true;
    await queue.replayJob('mended');
    await reaches('mended', 'succeeded');
    expect(await queue.readLetters(10)).toEqual([]);
    await expect(queue.replayJob('mended')).rejects.toMatchObject({ code: 'job_not_failed' });
  });

  it('fails at once when its error says that trying again cannot help', async () => {
    await queue.enqueue({ id: 'hopeless', payload: 1 });
    work(async () => {
      throw new SignalError('body_invalid', 'nothing to do');
    });
    await reaches('hopeless', 'failed');
    expect(await queue.readJob('hopeless')).toMatchObject({ attempts: 1, error: { code: 'body_invalid' } });
  });

  it('past its deadline fails unbegun; one that waits for a retry beyond it fails too', async () => {
    let runs = 0;
    await queue.enqueue({ id: 'late', payload: 1, deadlineMs: 60_000 });
    await queue.enqueue({ id: 'never', payload: 1, deadlineMs: 10 * HOUR_MS, retry: { baseMs: 20 * HOUR_MS, maxMs: 20 * HOUR_MS } });
    offsetMs = 60_001;
    work(async () => {
      runs += 1;
      throw new RangeError('once');
    });
    await reaches('late', 'failed');
    await reaches('never', 'failed');
    expect(await queue.readJob('late')).toMatchObject({ attempts: 0, error: { code: 'deadline_exceeded' } });
    expect([runs, (await queue.readJob('never'))?.attempts]).toEqual([1, 1]);
  });

  it('that takes longer than its timeout is aborted and tried again', async () => {
    await queue.enqueue({ id: 'slow', payload: 1, timeoutMs: 20, retry: { attempts: 2, ...quick } });
    const reasons: unknown[] = [];
    work(({ signal, attempt }) =>
      attempt === 2
        ? Promise.resolve('quick')
        : new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason);
              reject(new RangeError('aborted'));
            });
          }),
    );
    await reaches('slow', 'succeeded');
    expect(reasons).toMatchObject([{ code: 'deadline_exceeded', message: 'job slow took longer than 20 ms' }]);
  });

  it('is cancelled while it waits, and aborted when it is cancelled while it runs', async () => {
    await queue.enqueue({ id: 'waiting', payload: 1, delayMs: HOUR_MS });
    await queue.enqueue({ id: 'running', payload: 1 });
    const aborted = Promise.withResolvers<void>();
    work(async ({ signal }) => {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      aborted.resolve();
    });
    await reaches('running', 'running');
    expect([await queue.cancelJob('waiting'), await queue.cancelJob('running'), await queue.cancelJob('nobody')]).toEqual([
      'cancelled',
      'cancelled',
      undefined,
    ]);
    await aborted.promise;
    expect(await queue.cancelJob('running')).toBe('cancelled');
    expect(await queue.count()).toMatchObject({ delayed: 0, lanes: { normal: { waiting: 0, running: 0 } } });
    expect(await queue.readJob('running')).toMatchObject({ state: 'cancelled' });
  });

  it('is forgotten when more are finished than are kept, oldest first', async () => {
    queue = open({ keepJobs: 2 });
    work(async () => undefined, { concurrency: 1 });
    for (const id of ['a', 'b', 'c']) await queue.enqueue({ id, payload: 1 });
    await reaches('c', 'succeeded');
    expect([await queue.readJob('a'), (await queue.readJob('b'))?.state]).toEqual([undefined, 'succeeded']);
    expect(await queue.enqueue({ id: 'a', payload: 1 })).toMatchObject({ outcome: 'queued' });
  });
});

describe('a worker', () => {
  it('runs as many jobs at once as it may, and no more', async () => {
    let now = 0;
    let most = 0;
    const go = Promise.withResolvers<void>();
    for (let i = 0; i < 10; i += 1) await queue.enqueue({ id: `j${i}`, payload: i });
    work(
      async () => {
        now += 1;
        most = Math.max(most, now);
        if (now === 3) go.resolve();
        await go.promise;
        now -= 1;
      },
      { concurrency: 3 },
    );
    await until(async () => (await queue.count()).lanes.normal.waiting === 0 && now === 0, { what: 'all jobs are done' });
    expect(most).toBe(3);
  });

  it('prefers high over normal over low, and starves none: seven begun jobs are four, two and one', async () => {
    const order: string[] = [];
    for (const lane of ['low', 'normal', 'high'] as const) {
      for (let i = 0; i < 21; i += 1) await queue.enqueue({ id: `${lane}${i}`, payload: 1, lane });
    }
    work(async ({ id }) => void order.push(id.replace(/\d+/, '')), { concurrency: 1 });
    await until(() => order.length === 63, { what: 'all jobs are done' });
    for (let from = 0; from < 35; from += 7) {
      const seven = order.slice(from, from + 7);
      expect(['high', 'normal', 'low'].map((lane) => seven.filter((one) => one === lane).length)).toEqual([4, 2, 1]);
    }
  });

  it('takes the jobs of a lane in their order', async () => {
    const order: number[] = [];
    for (let i = 0; i < 20; i += 1) await queue.enqueue({ payload: i });
    work(async ({ payload }) => void order.push(payload as number), { concurrency: 1 });
    await until(() => order.length === 20, { what: 'all jobs are done' });
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('keeps a long job by its beats, and stores how far it is', async () => {
    queue = open({ visibilityMs: 2_000 });
    let runs = 0;
    const go = Promise.withResolvers<void>();
    await queue.enqueue({ id: 'long', payload: 1 });
    const handle: JobHandler = async ({ progress }) => {
      runs += 1;
      progress(0.4);
      await go.promise;
    };
    work(handle);
    await until(async () => (await queue.readJob('long'))?.progress === 0.4, { what: 'the progress is stored' });
    work(handle);
    const startedMs = performance.now();
    await until(() => performance.now() - startedMs > 4_200, { what: 'two visibility timeouts are over' });
    go.resolve();
    await reaches('long', 'succeeded');
    expect(runs).toBe(1);
  });

  it('gives back what it did not begin when it stops, and what it could not end, without counting the attempt', async () => {
    const held = Promise.withResolvers<void>();
    for (let i = 0; i < 5; i += 1) await queue.enqueue({ id: `g${i}`, payload: 1, retry: { attempts: 1 } });
    const stopped = work(() => held.promise, { concurrency: 2, drainMs: 1 });
    await until(() => stopped.running() === 2, { what: 'two jobs run' });
    await stopped.stop();
    expect(await queue.count()).toMatchObject({ lanes: { normal: { waiting: 5, running: 0 } } });
    expect(await queue.readJob('g0')).toMatchObject({ state: 'queued', attempts: 0 });
    const done: string[] = [];
    work(async ({ id }) => void done.push(id));
    await until(() => done.length === 5, { what: 'another worker does them all' });
    held.resolve();
  });

  it('takes nothing while its process is short of something, and goes on after', async () => {
    let level: PressureLevel = 'high';
    let looks = 0;
    const pressure: Pressure = {
      level: () => {
        looks += 1;
        return level;
      },
      reason: () => 'a test',
      onChange: () => () => undefined,
    };
    queue = createJobQueue({ ...bus, pressure }, { name: 'pressed', visibilityMs: 500 });
    await queue.enqueue({ id: 'waits', payload: 1 });
    work(async () => undefined);
    await until(() => looks >= 3, { what: 'the worker has looked three times' });
    expect(await queue.readJob('waits')).toMatchObject({ state: 'queued', attempts: 0 });
    level = 'calm';
    await reaches('waits', 'succeeded');
  });

  it('shows depth, age, outcomes and durations as metrics', async () => {
    const metrics = createMetrics({ service: 'test', member: 'm' });
    queue = createJobQueue({ ...bus, metrics }, { name: 'measured', visibilityMs: 500 });
    await queue.enqueue({ id: 'kept', payload: 1, delayMs: HOUR_MS });
    await queue.enqueue({ id: 'good', payload: 1 });
    await queue.enqueue({ id: 'bad', payload: 1, retry: { attempts: 1 } });
    work(async ({ id }) => {
      if (id === 'bad') throw new RangeError('bad');
    });
    await reaches('good', 'succeeded');
    await reaches('bad', 'failed');
    const text = await until(
      async () => {
        const shown = await metrics.registry.metrics();
        return shown.includes('outcome="failed"') && shown.includes('state="delayed"') && shown;
      },
      { what: 'the figures are there' },
    );
    expect(text).toContain('signal_jobs_total{queue="measured",outcome="succeeded"} 1');
    expect(text).toContain('signal_jobs_total{queue="measured",outcome="failed"} 1');
    expect(text).toContain('signal_job_queue_depth{queue="measured",lane="",state="delayed"} 1');
    expect(text).toContain('signal_job_seconds_count{queue="measured"} 2');
    expect(text).toContain('signal_job_queue_oldest_seconds{queue="measured",lane="normal"}');
  });
});

describe('a queue over several shards', () => {
  it('does every job, and each of its keys lies in the slot of its shard', async () => {
    queue = open({ shards: 4 });
    const done = new Set<string>();
    work(async ({ id }) => void done.add(id), { concurrency: 3 });
    for (let i = 0; i < 40; i += 1) await queue.enqueue({ id: `s${i}`, payload: i });
    await until(() => done.size === 40, { what: 'all jobs are done' });
    await until(async () => (await queue.count()).lanes.normal.running === 0, { what: 'all are settled' });
    const keys = (await everyKey(bus)).map(([key]) => key).filter((key) => key.startsWith(`jobs:jobs:{${queue.name}`));
    const shards = jobShards(bus.keys, queueSettings({ name: queue.name, shards: 4 }));
    for (const { lanes } of shards) expect(keys).toContain(lanes[1]);
    expect(keys.every((key) => /\{q\d+\/[0-3]\}/.test(key))).toBe(true);
  });
});
