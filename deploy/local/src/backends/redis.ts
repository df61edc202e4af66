import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { connect } from 'node:net';
import { once } from 'node:events';
import { startProgram } from '../process/child.ts';
import { freePort } from '../process/free-port.ts';
import { startRunning } from '../process/running.ts';
import { until } from '../process/until.ts';
import type { Backend, BackendDeps } from './backend.ts';
import { findRedisBinary } from './redis-binary.ts';

const HOST = '127.0.0.1';
/** Reading a long append-only file back takes its time. */
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
const PING_TIMEOUT_MS = 1000;

/** Returns a Redis of our own on loopback: append-only file synced each second, nothing ever evicted. */
export async function prepareRedis(deps: BackendDeps): Promise<Backend> {
  const binary = await findRedisBinary(deps);
  const port = await freePort();
  const folder = join(deps.folder, 'redis');
  const logFile = join(deps.logs, 'redis.log');
  mkdirSync(folder, { recursive: true });
  const url = `redis://${HOST}:${port}`;
  const place = ['--bind', HOST, '--port', String(port), '--dir', folder];
  const keeping = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '', '--maxmemory-policy', 'noeviction'];
  const args = [...place, ...keeping, '--daemonize', 'no', '--loglevel', 'notice'];
  deps.say(`redis: ${basename(binary)} on ${HOST}:${port}`);
  const start = (signal: AbortSignal) =>
    startRunning(
      {
        name: 'redis',
        logFile,
        launch: () => startProgram({ command: binary, args, logFile, cwd: folder, env: { PATH: deps.searchPath } }),
        whenReady: async (_child, either) => {
          await until(() => answersPing(port), { withinMs: READY_TIMEOUT_MS, what: 'the answer of redis', everyMs: 25, signal: either });
          return url;
        },
        stopSignal: 'SIGTERM',
        stopTimeoutMs: STOP_TIMEOUT_MS,
      },
      signal,
    );
  return { spec: { name: 'redis', start }, holds: `:${port}` };
}

/** While the append-only file is read, redis answers -LOADING. */
async function answersPing(port: number): Promise<boolean> {
  const socket = connect({ port, host: HOST });
  socket.setTimeout(PING_TIMEOUT_MS, () => socket.destroy());
  try {
    socket.write('PING\r\n');
    const [reply] = (await once(socket, 'data')) as [Buffer];
    return reply.toString().startsWith('+PONG');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
