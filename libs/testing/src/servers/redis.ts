import { SignalError } from '@signal/contracts';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { until } from '../until.ts';
import { freePort } from './free-port.ts';
import { newFolder } from './run-folder.ts';

/** `aof: true` writes every command to disk before it is answered, so that a killed server comes back with all of it; `everysec` as production does. */
export type RedisOptions = Readonly<{ aof?: boolean | 'everysec'; dir?: string }>;

/** A Redis server of one test file. */
export interface TestRedis {
  readonly url: string;
  /** Ends it by SIGKILL; what was not on disk is lost. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

type Place = Readonly<{ dir: string; port: number; aof: boolean | 'everysec' }>;

const argumentsOf = ({ dir, port, aof }: Place): readonly string[] => {
  const persistence = { dir, save: '', appendonly: aof === false ? 'no' : 'yes', appendfsync: aof === 'everysec' ? aof : 'always' };
  const server = { bind: HOST, port: String(port), ...persistence, 'maxmemory-policy': 'noeviction', loglevel: 'warning' };
  return Object.entries(server).flatMap(([name, value]) => [`--${name}`, value]);
};

const answers = async (port: number): Promise<boolean> => {
  const socket = connect({ port, host: HOST });
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

const launch = async (place: Place): Promise<ChildProcess> => {
  const child = spawn('redis-server', argumentsOf(place), { stdio: 'ignore' });
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  await until(
    async () => {
      if (failure !== undefined || child.exitCode !== null) {
        throw new SignalError('backend_failed', `redis-server could not be started for a test (exit code ${child.exitCode})`, { cause: failure });
      }
      return answers(place.port);
    },
    { what: 'redis-server answers PING' },
  );
  return child;
};

const end = async (child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
};

/** Starts a Redis server for one test file on a free port; the file stops it in `afterAll`. */
export async function startRedis({ aof = false, dir = newFolder('redis') }: RedisOptions = {}): Promise<TestRedis> {
  const place = { dir, port: await freePort(), aof };
  let child = await launch(place);
  const isUp = (): boolean => child.exitCode === null && child.signalCode === null;
  const endWithTest = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endWithTest);
  return {
    url: `redis://${HOST}:${place.port}`,
    kill: () => end(child, 'SIGKILL'),
    restart: async () => {
      if (isUp()) await end(child, 'SIGKILL');
      child = await launch(place);
    },
    stop: async () => {
      process.removeListener('exit', endWithTest);
      await end(child, 'SIGTERM');
    },
  };
}
