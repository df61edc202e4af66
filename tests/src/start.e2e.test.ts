import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rootFolder, startRedis, until } from '@signal/testing';
import { Redis } from 'ioredis';

type Ready = Readonly<
  Record<string, unknown> & { url: string; token: string; members: readonly Readonly<Record<string, unknown> & { pid: number }>[] }
>;
type Ended = Readonly<{ code: number; stdout: string; stderr: string }>;

const READY_WITHIN_MS = 120_000;
const STOPPED_WITHIN_MS = 60_000;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** A newcomer's `npm start`, stopped by a signal to npm alone, as a supervisor of processes sends it. */
describe('npm start', () => {
  let folder: string;
  let npm: ChildProcess;
  let stdout = '';
  let stderr = '';
  let ready: Ready;
  const data = (): string => join(folder, 'data');
  const npmStart = (flags: readonly string[]): string[] => ['start', '--silent', '--', '--data', data(), ...flags];
  /** Runs a start that is to end by itself. */
  const refused = async (flags: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> => {
    const options = { cwd: rootFolder(), env: { ...process.env, ...env }, timeout: READY_WITHIN_MS };
    const ended = promisify(execFile)('npm', npmStart(flags), options).then((output) => ({ ...output, code: 0 }));
    return ended.catch((error: Ended) => error);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'signal-start-'));
    const words = npmStart(['--port', String(await freePort()), '--partitions', '16']);
    npm = spawn('npm', words, { cwd: rootFolder(), stdio: ['ignore', 'pipe', 'pipe'] });
    npm.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    npm.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await until(() => stdout.includes('\n') || npm.exitCode !== null, { withinMs: READY_WITHIN_MS, what: 'READY' });
    if (npm.exitCode !== null) throw new RangeError(`it ended before READY: ${stderr}`);
    ready = JSON.parse(stdout.slice('READY '.length)) as Ready;
  }, READY_WITHIN_MS);
  afterAll(async () => {
    if (npm.exitCode === null) npm.kill('SIGTERM');
    await until(() => npm.exitCode !== null, { withinMs: STOPPED_WITHIN_MS, what: 'npm ends' });
    rmSync(folder, { recursive: true, force: true });
  }, STOPPED_WITHIN_MS);

  it('says how to reach everything, in one line and in run.json', async () => {
    expect(stdout).toMatch(/^READY \{.*\}\n$/);
    expect(Object.keys(ready)).toEqual(['url', 'token', 'redisUrl', 'databaseUrl', 's3Url', 'configServiceUrl', 'members', 'readyMs']);
    expect(ready.members.map(({ service, member }) => `${String(service)} ${String(member)}`).toSorted()).toEqual([
      'archive archive-1',
      'config config-1',
      'gateway gateway-1',
      'greeks greeks-1',
      'indicator indicator-1',
      'ingest ingest-1',
      'script-runner script-runner-1',
    ]);
    const file = join(data(), 'run.json');
    expect([JSON.parse(readFileSync(file, 'utf8')), statSync(file).mode & 0o777]).toEqual([ready, 0o600]);
    const url = `${ready.url}/api/v2/realtime/indicators/INDEX:SPX?interval=1m&indicators=rsi(14)`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${ready.token}` } });
    expect(await answer.json()).toMatchObject({ indicators: { 'rsi(14)': { closed: { data: { rsi: expect.any(Number) } } } } });
  });

  it('lets no second fleet into its data directory', async () => {
    expect(await refused([])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('runs a fleet in this data directory') });
  });

  it('stops cleanly on a SIGTERM to npm alone, and leaves nothing behind', async () => {
    npm.kill('SIGTERM');
    await until(() => npm.exitCode !== null, { withinMs: STOPPED_WITHIN_MS, what: 'npm ends' });
    expect([npm.exitCode, stderr.includes('starting it again'), existsSync(join(data(), 'run.json'))]).toEqual([0, false, false]);
    expect(ready.members.filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(stderr.trim().split('\n').at(-1)).toContain('stopped');
  }, 70_000);

  it('goes on where it stopped: --from is refused naming --fresh', async () => {
    expect(await refused(['--from', '2018-12-18'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--fresh') });
  });

  it('refuses a given Redis that may evict keys, in one sentence', async () => {
    const redis = await startRedis();
    const client = new Redis(redis.url);
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    client.disconnect();
    const ended = await refused(['--port', String(await freePort())], { REDIS_URL: redis.url });
    await redis.stop();
    expect([ended.code, ended.stdout, ended.stderr.trim().split('\n').at(-1)]).toEqual([1, '', expect.stringContaining('must be "noeviction"')]);
  }, 60_000);
});
