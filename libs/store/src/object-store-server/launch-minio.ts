import { SignalError } from '@signal/contracts';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Credentials } from './credentials.ts';

/** Where a server keeps its objects and listens. */
export type Place = Readonly<{ directory: string; port: number; credentials: Credentials }>;
/** A server that answers. */
export type Launched = Readonly<{ child: ChildProcess; port: number }>;

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 50;
const PROBE_TIMEOUT_MS = 1000;

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Returns the `minio` binary of a search path, if one of its folders holds it. */
export function findMinio(searchPath: string): string | undefined {
  return searchPath
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, 'minio'))
    .find(isExecutable);
}

/** `minio` cannot be told to take any free port and say which, so that one is looked for first. */
async function portFor(wanted: number): Promise<number> {
  const server = createServer();
  try {
    server.listen(wanted, HOST);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch (cause) {
    throw new SignalError('port_in_use', `port ${wanted} is in use, and the object store needs it`, { cause });
  } finally {
    server.close();
  }
}

const isLive = async (port: number): Promise<boolean> => {
  try {
    const answer = await fetch(`http://${HOST}:${port}/minio/health/live`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    return answer.ok;
  } catch {
    return false;
  }
};

/** Starts a `minio` binary and waits until it is live. */
export async function launchMinio(binary: string, { directory, port, credentials }: Place): Promise<Launched> {
  const actual = await portFor(port);
  const env = { ...process.env, MINIO_ROOT_USER: credentials.accessKey, MINIO_ROOT_PASSWORD: credentials.secretKey, MINIO_BROWSER: 'off' };
  const child = spawn(binary, ['server', directory, '--quiet', '--address', `${HOST}:${actual}`], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const givesUpAtMs = performance.now() + START_TIMEOUT_MS;
  while (!(await isLive(actual))) {
    const hasEnded = failure !== undefined || child.exitCode !== null || child.signalCode !== null;
    if (hasEnded || performance.now() > givesUpAtMs) {
      child.kill('SIGKILL');
      throw new SignalError('backend_failed', `${binary} did not start within ${START_TIMEOUT_MS} ms (exit code ${child.exitCode})`, {
        cause: failure,
      });
    }
    await wait(POLL_MS);
  }
  return { child, port: actual };
}
