import { SignalError } from '@signal/contracts';
import { Redis } from 'ioredis';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { until } from '../until.ts';

/** Where the servers of tests listen. */
export const REDIS_HOST = '127.0.0.1';

const COMMAND_TIMEOUT_MS = 2_000;

/** One redis-server process on a port and folder of its own. */
export interface RedisProcess {
  readonly port: number;
  /** Runs, and is not paused. */
  isUp(): boolean;
  /** Ends it by SIGKILL; what was not on disk is lost. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** SIGSTOP: it holds its connections and answers nothing until `resume`. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
  /** Cuts every client's connection. */
  cutConnections(): Promise<void>;
  /** Sends commands over a connection of its own. */
  ask<T>(work: (client: Redis) => Promise<T>): Promise<T>;
}

const answers = async (port: number): Promise<boolean> => {
  const socket = connect({ port, host: REDIS_HOST });
  try {
    socket.write('PING\r\n');
    const [reply] = (await once(socket, 'data')) as [Buffer];
    return reply.toString().startsWith('+PONG');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

const launch = async (port: number, settings: Readonly<Record<string, string>>): Promise<ChildProcess> => {
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn('redis-server', ['--bind', REDIS_HOST, '--port', String(port), ...words], { stdio: 'ignore' });
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  const isAnswering = async (): Promise<boolean> => {
    if (failure !== undefined || child.exitCode !== null)
      throw new SignalError('backend_failed', `redis-server could not be started for a test (exit code ${child.exitCode})`, { cause: failure });
    return answers(port);
  };
  await until(isAnswering, { what: 'redis-server answers PING' });
  return child;
};

const isUp = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

const end = async (child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
  if (!isUp(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  // A paused process takes a SIGTERM only once it goes on.
  child.kill('SIGCONT');
  await ended;
};

/** Starts a redis-server and returns it once it answers; it does not outlive the test process. */
export async function startRedisProcess(port: number, settings: Readonly<Record<string, string>>): Promise<RedisProcess> {
  let child = await launch(port, settings);
  let paused = false;
  const endWithTest = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endWithTest);
  const ask = async <T>(work: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis({ host: REDIS_HOST, port, protocol: 2, maxRetriesPerRequest: 3, commandTimeout: COMMAND_TIMEOUT_MS });
    client.on('error', () => undefined);
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  };
  return {
    port,
    isUp: () => isUp(child) && !paused,
    kill: () => end(child, 'SIGKILL'),
    restart: async () => {
      await end(child, 'SIGKILL');
      child = await launch(port, settings);
      paused = false;
    },
    pause: () => {
      paused = child.kill('SIGSTOP');
    },
    resume: () => {
      child.kill('SIGCONT');
      paused = false;
    },
    stop: async () => {
      process.removeListener('exit', endWithTest);
      await end(child, 'SIGTERM');
    },
    cutConnections: () => ask(async (client) => void (await client.call('client', ['KILL', 'TYPE', 'normal', 'SKIPME', 'yes']))),
    ask,
  };
}
