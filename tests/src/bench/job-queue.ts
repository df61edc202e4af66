import { type Bus, createBus, createJobQueue } from '@signal/bus';
import { createLogger, systemClock } from '@signal/kernel';
import { until } from '@signal/testing';
import type { Bench } from './bench-context.ts';
import { createFigure, type Rival } from './figure.ts';
import { type BenchServer, startBenchServer } from './redis/bench-server.ts';
import { type Measured, runRounds } from './samples.ts';

const JOBS = 5_000;
const CONCURRENCY = 50;
/** Enqueues on their way at once. */
const IN_FLIGHT = 100;
const WITHIN_MS = 120_000;

const openBus = (url: string): Promise<Bus> =>
  createBus({
    redisUrl: url,
    namespace: 'bench',
    partitions: 16,
    member: 'jobs',
    leaseTtlMs: 10_000,
    log: createLogger({ service: 'bench', member: 'jobs', level: 'silent' }),
    clock: systemClock,
  });

const ourCpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Enqueues jobs, and has one worker do them: every step of a job's life is in the figures, done by one process and one server. */
const measure = async (server: BenchServer): Promise<Measured> => {
  await server.clear();
  const bus = await openBus(server.url);
  const queue = createJobQueue(bus, { name: 'bench' });
  let done = 0;
  const worker = queue.createWorker({ concurrency: CONCURRENCY, handle: async () => void (done += 1) });
  const before = { ours: ourCpuUs(), redis: await server.cpuUs(), ms: performance.now() };
  for (let first = 0; first < JOBS; first += IN_FLIGHT) {
    await Promise.all(
      Array.from({ length: IN_FLIGHT }, (_, i) => queue.enqueue({ id: `job-${first + i}`, payload: { instrument: 'INDEX:SPX', n: first + i } })),
    );
  }
  worker.start();
  await until(() => done === JOBS, { what: `${JOBS} jobs are done`, withinMs: WITHIN_MS });
  await worker.stop();
  const seconds = (performance.now() - before.ms) / 1_000;
  const ours = ourCpuUs() - before.ours;
  const redis = (await server.cpuUs()) - before.redis;
  await bus.close();
  return { perCpuSecond: (JOBS * 1e6) / (ours + redis), perSecond: JOBS / seconds, ourUs: ours / JOBS, redisUs: redis / JOBS };
};

const rows = [
  { name: 'jobs_per_cpu_second', sample: 'perCpuSecond', unit: '1/s', better: 'higher' },
  { name: 'jobs_per_second', sample: 'perSecond', unit: '1/s', better: 'higher' },
  { name: 'our_cpu_per_job', sample: 'ourUs', unit: 'us', better: 'lower' },
  { name: 'redis_cpu_per_job', sample: 'redisUs', unit: 'us', better: 'lower' },
] as const;

/** Measures job queues: jobs enqueued, taken, done and settled, by the CPU of our process and of Redis (AOF everysec) together. */
export const benchJobQueue: Bench = async ({ rounds, progress }) => {
  const server = await startBenchServer();
  try {
    const samples = await runRounds(rounds, { jobs: () => measure(server) }, progress);
    const rival: Rival = { missing: 'no other queue is installed' };
    return rows.map(({ sample, ...row }) => createFigure({ bench: 'jobs', ...row, samples: samples.of(sample), rival }));
  } finally {
    await server.stop();
  }
};
