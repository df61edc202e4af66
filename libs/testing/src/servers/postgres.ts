import { SignalError } from '@signal/contracts';
import { execFile, spawn } from 'node:child_process';
import { chownSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { until } from '../until.ts';
import { freePort } from './free-port.ts';
import { isRoot, postgresBinaries, postgresUser, UNPRIVILEGED_ID } from './postgres-binaries.ts';
import { newFolder, oncePerRun } from './run-folder.ts';

const run = promisify(execFile);
const USER = 'signal';
const TEMPLATE = 'signal_template';
const INITDB_WITHIN_MS = 60_000;

type Server = Readonly<{ pid: number; port: number }>;

const urlOf = ({ port }: Pick<Server, 'port'>, database: string): string => `postgres://${USER}@127.0.0.1:${port}/${database}`;

const query = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};

/** Nothing is forced to disk: the data die with the run. */
const serverSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  shared_buffers: '32MB',
};

const serverArguments = (data: string, port: number): readonly string[] => {
  const settings = Object.entries(serverSettings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', data, '-p', String(port), ...settings];
};

const launch = async (data: string): Promise<Server> => {
  const port = await freePort();
  const child = spawn(path.join(postgresBinaries(), 'postgres'), serverArguments(data, port), { ...postgresUser(), stdio: 'ignore', detached: true });
  child.unref();
  await until(
    async () => {
      if (child.exitCode !== null) throw new SignalError('backend_failed', `postgres for tests ended with exit code ${child.exitCode}`);
      return query(urlOf({ port }, 'postgres'), 'select 1').then(
        () => true,
        () => false,
      );
    },
    { what: 'postgres answers', withinMs: 30_000 },
  );
  return { pid: child.pid ?? 0, port };
};

/** The first worker makes the cluster and the migrated template; jest's tear-down ends the server by its pid in `postgres.json`. */
const server = (): Promise<Server> =>
  oncePerRun('postgres.json', async () => {
    const data = newFolder('postgres');
    if (isRoot()) chownSync(data, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
    const initdb = ['-D', data, '-U', USER, '--auth=trust', '--no-sync', '--encoding=UTF8', '--no-locale'];
    await run(path.join(postgresBinaries(), 'initdb'), initdb, { ...postgresUser(), timeout: INITDB_WITHIN_MS, cwd: data });
    const started = await launch(data);
    await query(urlOf(started, 'postgres'), `create database ${TEMPLATE}`);
    const { migrate } = await import('@signal/store');
    await migrate(urlOf(started, TEMPLATE));
    return started;
  });

/** A database of one test file. */
export type TestDatabase = Readonly<{ url: string; drop: () => Promise<void> }>;

/** Returns an empty, migrated database for one test file, cloned from the run's template; the file drops it in `afterAll`. */
export async function testDatabase(): Promise<TestDatabase> {
  const started = await server();
  const name = `test_${process.pid}_${crypto.randomUUID().slice(0, 8)}`;
  await query(urlOf(started, 'postgres'), `create database ${name} template ${TEMPLATE}`);
  return { url: urlOf(started, name), drop: () => query(urlOf(started, 'postgres'), `drop database if exists ${name} with (force)`) };
}
