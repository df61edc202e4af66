import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SignalError } from '@signal/contracts';
import type { BenchServer } from './bench-server.ts';

const run = promisify(execFile);

/** What redis-benchmark measured: commands a second, server CPU a command, and latencies as the client saw them. */
export type BenchmarkResult = Readonly<{ perSecond: number; cpuUs: number; p50Ms: number; p99Ms: number }>;

/** What to send, how often, and how: connections × commands in flight on each. */
export type BenchmarkRequest = Readonly<{ command: readonly string[]; requests: number; clients: number; pipeline: number }>;

/** Why there is no rival where redis-benchmark is absent. */
export const NO_REDIS_BENCHMARK = 'redis-benchmark is not on the PATH (it comes with the redis-server package)';

/** Bytes of a packed signal: what the rival's XADD carries. Between 3 and 64 bytes it costs the same within 3 %. */
const TICK_BYTES = 32;

/** XADD of one packed tick. */
export const xaddOfOneTick: readonly string[] = ['XADD', 'rival', '*', 'd', 'x'.repeat(TICK_BYTES)];

/** Tells whether redis-benchmark can be run here. */
export async function hasRedisBenchmark(): Promise<boolean> {
  try {
    await run('redis-benchmark', ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** The columns of redis-benchmark's CSV: test, rps, then latencies in ms: average, least, p50, p95, p99, largest. */
const numbersOf = (csv: string): readonly number[] => {
  const line = csv.trim().split('\n').at(-1) ?? '';
  const cells = [...line.matchAll(/"([^"]*)"/g)].map(([, cell = '']) => cell);
  const numbers = cells.slice(-7).map(Number);
  if (cells.length < 8 || numbers.some(Number.isNaN))
    throw new SignalError('backend_failed', `redis-benchmark answered "${line}", and not eight columns`);
  return numbers;
};

/** Runs redis-benchmark against the server. */
export async function runRedisBenchmark(server: BenchServer, request: BenchmarkRequest): Promise<BenchmarkResult> {
  const { command, requests, clients, pipeline } = request;
  const flags = ['-p', String(server.port), '-n', String(requests), '-c', String(clients), '-P', String(pipeline), '--csv'];
  const before = await server.cpuUs();
  const { stdout } = await run('redis-benchmark', [...flags, ...command]);
  const cpuUs = ((await server.cpuUs()) - before) / requests;
  const [perSecond = 0, , , p50Ms = 0, , p99Ms = 0] = numbersOf(stdout);
  return { perSecond, cpuUs, p50Ms, p99Ms };
}
