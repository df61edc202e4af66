import type { Bench } from '../bench-context.ts';
import { createFigure, type Better, type Figure } from '../figure.ts';
import { type BenchServer, startBenchServer } from '../redis/bench-server.ts';
import { hasRedisBenchmark, NO_REDIS_BENCHMARK, runRedisBenchmark, xaddOfOneTick } from '../redis/redis-benchmark.ts';
import { type Measured, runRounds, type Samples, type Steps } from '../samples.ts';
import { startEchoServer } from './echo-server.ts';
import { measureServers } from './load.ts';

const PIPELINED_REQUESTS = 500_000;
const SINGLE_REQUESTS = 50_000;
const PING_REQUESTS = 10_000;
const CLIENTS = 50;

const measureRedis = async (server: BenchServer): Promise<Measured> => {
  await server.clear();
  const deep = await runRedisBenchmark(server, { command: xaddOfOneTick, requests: PIPELINED_REQUESTS, clients: CLIENTS, pipeline: 64 });
  const flat = await runRedisBenchmark(server, { command: xaddOfOneTick, requests: SINGLE_REQUESTS, clients: CLIENTS, pipeline: 1 });
  await server.clear();
  const ping = await runRedisBenchmark(server, { command: ['PING'], requests: PING_REQUESTS, clients: 1, pipeline: 1 });
  return {
    xaddP64PerSecond: deep.perSecond,
    xaddP64CpuUs: deep.cpuUs,
    xaddP1PerSecond: flat.perSecond,
    xaddP1CpuUs: flat.cpuUs,
    pingP50Ms: ping.p50Ms,
    pingP99Ms: ping.p99Ms,
  };
};

type Row = Readonly<{ name: string; sample: string; unit: string; better: Better }>;

const rows: readonly Row[] = [
  { name: 'redis_xadd_p64', sample: 'xaddP64PerSecond', unit: '1/s', better: 'higher' },
  { name: 'redis_cpu_per_xadd_p64', sample: 'xaddP64CpuUs', unit: 'us', better: 'lower' },
  { name: 'redis_xadd_p1', sample: 'xaddP1PerSecond', unit: '1/s', better: 'higher' },
  { name: 'redis_cpu_per_xadd_p1', sample: 'xaddP1CpuUs', unit: 'us', better: 'lower' },
  { name: 'redis_ping_p50', sample: 'pingP50Ms', unit: 'ms', better: 'lower' },
  { name: 'redis_ping_p99', sample: 'pingP99Ms', unit: 'ms', better: 'lower' },
  { name: 'node_http', sample: 'httpPerSecond', unit: '1/s', better: 'higher' },
  { name: 'node_http_cpu', sample: 'httpCpuUs', unit: 'us', better: 'lower' },
  { name: 'ws_echo', sample: 'echoPerSecond', unit: '1/s', better: 'higher' },
  { name: 'ws_echo_cpu', sample: 'echoCpuUs', unit: 'us', better: 'lower' },
];

const rival = { missing: 'this is the limit that others are held against' };

const figuresOf = (samples: Samples): readonly Figure[] =>
  rows
    .filter(({ sample }) => samples.has(sample))
    .map(({ sample, ...row }) => createFigure({ ...row, bench: 'limits', samples: samples.of(sample), rival }));

/** Measures what the machine gives at best: redis-benchmark, bare node:http and a bare WebSocket echo, in the same rounds. */
export const benchLimits: Bench = async ({ rounds, progress }) => {
  const redis = await startBenchServer();
  const echo = await startEchoServer();
  try {
    const withRedis = await hasRedisBenchmark();
    if (!withRedis) progress(`without figures of Redis: ${NO_REDIS_BENCHMARK}`);
    const steps: Steps = {
      ...(withRedis ? { 'redis-benchmark': () => measureRedis(redis) } : {}),
      'node:http and ws': () => measureServers(echo),
    };
    return figuresOf(await runRounds(rounds, steps, progress));
  } finally {
    await echo.stop();
    await redis.stop();
  }
};
