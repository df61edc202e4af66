import { SignalError } from '@signal/contracts';
import { freePort, until } from '@signal/testing';
import { Redis } from 'ioredis';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The Redis server of a benchmark: AOF with everysec, as deployments have it. */
export interface BenchServer {
  readonly url: string;
  readonly port: number;
  /** CPU that the server's main thread has used, user and system, in microseconds; of the whole process where it does not say. */
  cpuUs(): Promise<number>;
  /** Removes every key at once and waits for it. */
  clear(): Promise<void>;
  readonly client: Redis;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

// A rewrite of the AOF in one of two interleaved rounds would be charged to whoever is measured at that moment.
const settings = (dir: string, port: number): Readonly<Record<string, string>> => ({
  bind: HOST,
  port: String(port),
  dir,
  save: '',
  appendonly: 'yes',
  appendfsync: 'everysec',
  'auto-aof-rewrite-percentage': '0',
  'maxmemory-policy': 'noeviction',
  loglevel: 'warning',
});

const numberOf = (info: string, name: string): number | undefined => {
  const text = new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1];
  return text === undefined ? undefined : Number(text);
};

const cpuSecondsOf = (info: string): number => {
  const user = numberOf(info, 'used_cpu_user_main_thread') ?? numberOf(info, 'used_cpu_user') ?? Number.NaN;
  const system = numberOf(info, 'used_cpu_sys_main_thread') ?? numberOf(info, 'used_cpu_sys') ?? Number.NaN;
  return user + system;
};

const startedClient = async (child: ChildProcess, port: number): Promise<Redis> => {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const client = new Redis(port, HOST, { protocol: 2, maxRetriesPerRequest: null, retryStrategy: () => 20 });
  client.on('error', () => undefined);
  await until(
    () => {
      if (failure === undefined && child.exitCode === null) return client.status === 'ready';
      client.disconnect();
      throw new SignalError('backend_failed', `redis-server could not be started for a benchmark (exit code ${child.exitCode})`, { cause: failure });
    },
    { what: 'redis-server answers' },
  );
  return client;
};

/** Starts a Redis server on a free port, in a folder that is removed at the end. */
export async function startBenchServer(): Promise<BenchServer> {
  const dir = mkdtempSync(path.join(tmpdir(), 'signal-bench-'));
  const port = await freePort();
  const child = spawn(
    'redis-server',
    Object.entries(settings(dir, port)).flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: 'ignore' },
  );
  const endWithBench = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endWithBench);
  const client = await startedClient(child, port);
  return {
    url: `redis://${HOST}:${port}`,
    port,
    client,
    cpuUs: async () => cpuSecondsOf(await client.info('cpu')) * 1e6,
    clear: async () => {
      await client.flushall('SYNC');
    },
    stop: async () => {
      process.removeListener('exit', endWithBench);
      client.disconnect();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
