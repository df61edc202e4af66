import { chownSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startProgram } from '../process/child.ts';
import { freePort } from '../process/free-port.ts';
import { runProgram } from '../process/run-program.ts';
import { startRunning } from '../process/running.ts';
import { until } from '../process/until.ts';
import type { Backend, BackendDeps } from './backend.ts';
import { packagedPostgres } from './postgres-binaries.ts';
import { openReadable, openWritable, unprivilegedUid } from './unprivileged.ts';

const HOST = '127.0.0.1';
const USER = 'signal';
const DATABASE = 'signal';
const INITDB_TIMEOUT_MS = 120_000;
/** Recovery after a power loss replays the write-ahead log first. */
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const CONNECT_TIMEOUT_MS = 2000;

/** Returns a Postgres of our own on loopback, its cluster made at the first start. */
export async function preparePostgres(deps: BackendDeps, options: Readonly<{ password: string; fresh: boolean }>): Promise<Backend> {
  const wanted = join(deps.folder, 'postgres');
  const data = openWritable(wanted, options);
  const binaries = join(openReadable(packagedPostgres()), 'bin');
  if (data !== wanted) deps.say(`postgres: its user cannot enter ${wanted}, the data are in ${data}`);
  if (!existsSync(join(data, 'PG_VERSION'))) await makeCluster({ binaries, data, password: options.password, deps });
  const port = await freePort();
  const logFile = join(deps.logs, 'postgres.log');
  deps.say(`postgres: embedded, on ${HOST}:${port}`);
  const url = (database: string): string => `postgres://${USER}:${options.password}@${HOST}:${port}/${database}`;
  const args = [
    '-D',
    data,
    '-p',
    String(port),
    '-h',
    HOST,
    '-c',
    'unix_socket_directories=',
    '-c',
    'max_connections=100',
    '-c',
    'shared_buffers=64MB',
  ];
  const start = (signal: AbortSignal) =>
    startRunning(
      {
        name: 'postgres',
        logFile,
        launch: () => startProgram({ command: join(binaries, 'postgres'), args, logFile, cwd: data, uid: unprivilegedUid(), env: { LC_ALL: 'C' } }),
        whenReady: async (_child, either) => {
          await until(() => hasDatabase(url('postgres')), { withinMs: READY_TIMEOUT_MS, what: 'the answer of postgres', signal: either });
          return url(DATABASE);
        },
        // Fast shutdown: clients are cut, the checkpoint is written.
        stopSignal: 'SIGINT',
        stopTimeoutMs: STOP_TIMEOUT_MS,
      },
      signal,
    );
  return { spec: { name: 'postgres', start }, holds: data };
}

type Cluster = Readonly<{ binaries: string; data: string; password: string; deps: BackendDeps }>;

async function makeCluster({ binaries, data, password, deps }: Cluster): Promise<void> {
  deps.say('postgres: making its cluster');
  const uid = unprivilegedUid();
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (uid !== undefined) chownSync(passwordFile, uid, uid);
  try {
    const args = ['-D', data, '-U', USER, '--auth=scram-sha-256', '--pwfile', passwordFile, '--encoding=UTF8', '--no-locale', '--no-sync'];
    await runProgram({ command: join(binaries, 'initdb'), args, timeoutMs: INITDB_TIMEOUT_MS, cwd: data, uid, env: { LC_ALL: 'C' } });
  } catch (error) {
    // initdb refuses a folder that is not empty: what it began is taken away.
    rmSync(data, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Tells whether the server answers, and makes our database when it is not there. */
async function hasDatabase(adminUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, query_timeout: CONNECT_TIMEOUT_MS * 5 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
