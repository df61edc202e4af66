import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKeys } from '@signal/contracts';
import { startConfigServer, startRedis, type TestConfigServer, testDatabase, testObjectStore, type TestRedis } from '@signal/testing';
import { Redis } from 'ioredis';
import type { Finding } from '../doctor/finding.ts';
import { root } from '../paths.ts';

type Ended = Readonly<{ code: number; stdout: string; stderr: string }>;
type Report = Readonly<{ ok: boolean; checks: readonly Finding[] }>;

const doctor = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> => {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const words = ['--conditions=signal-source', join(root, 'deploy/local/src/commands/doctor.ts'), ...args];
  execFile(process.execPath, words, { env: { PATH: process.env['PATH'], ...env }, cwd: '/', timeout: 25_000 }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
  });
  return await promise;
};

const services = ['ingest', 'indicator', 'greeks', 'script-runner', 'archive', 'gateway'];
const PARTITIONS = 16;

describe('doctor', () => {
  let redis: TestRedis;
  let config: TestConfigServer;
  let ends: (() => Promise<unknown>)[] = [];
  const environment = (): Readonly<Record<string, string>> => ({
    ENVIRONMENT: 'test',
    CONFIG_SERVICE_URL: config.url,
    CONFIG_SERVICE_API_KEY: config.key,
  });
  const report = async (): Promise<Ended & Readonly<{ report: Report }>> => {
    const ended = await doctor(['--json'], environment());
    return { ...ended, report: JSON.parse(ended.stdout) as Report };
  };
  const statusOf = ({ checks }: Report): Readonly<Record<string, string>> => Object.fromEntries(checks.map(({ id, status }) => [id, status]));

  beforeAll(async () => {
    const [database, objects] = await Promise.all([testDatabase(), testObjectStore()]);
    redis = await startRedis({ one: true });
    const texts = { REDIS_URL: redis.url, DATABASE_URL: database.url, S3_URL: objects.url, PARTITIONS: String(PARTITIONS) };
    config = await startConfigServer(texts);
    ends = [() => redis.stop(), () => config.close(), () => database.drop(), () => objects.stop()];
  }, 60_000);
  afterAll(() => Promise.all(ends.map((end) => end())));

  it('names what is unsafe, what is missing, and what is well, a finding a check', async () => {
    const { code, report: found } = await report();
    expect([code, found.ok, statusOf(found)]).toEqual([
      1,
      false,
      {
        'config.reachable': 'pass',
        'redis.version': 'pass',
        'redis.persistence': 'warn',
        'redis.eviction': 'pass',
        'redis.memory': 'warn',
        'redis.cluster': 'pass',
        'postgres.reachable': 'pass',
        'postgres.version': 'pass',
        'objectStore.reachable': 'pass',
        'members.present': 'fail',
        'partitions.owned': 'fail',
      },
    ]);
    expect(found.checks.find(({ id }) => id === 'redis.persistence')).toMatchObject({
      detail: expect.stringContaining('appendonly no'),
      advice: expect.stringContaining('appendonly yes'),
    });
  });

  it('ends with 0 once every service lives and owns its partitions', async () => {
    const client = new Redis(redis.url);
    const keys = createKeys('');
    const [seconds] = await client.time();
    for (const service of services) {
      await client.zadd(keys.members(service), Number(seconds) * 1000 + 60_000, `${service}-1`);
      for (let partition = 0; partition < PARTITIONS; partition += 1)
        await client.hset(keys.lease(service, partition), { member: `${service}-1`, epoch: 1 });
    }
    client.disconnect();
    const { code, report: found } = await report();
    expect([code, found.ok, found.checks.filter(({ status }) => status === 'fail')]).toEqual([0, true, []]);
    const { stdout } = await doctor([], environment());
    expect(stdout).toMatch(/^pass {2}partitions\.owned +all 80$/m);
  });

  it('says what the config service hides when it is away, and refuses two fleets at once', async () => {
    const away = await doctor(['--json'], { ...environment(), CONFIG_SERVICE_URL: 'http://127.0.0.1:1' });
    const both = await doctor(['--url', 'http://127.0.0.1:1', '--token', 'x', '--data', 'y']);
    const none = await doctor(['--data', '/nowhere']);
    expect([away.code, (JSON.parse(away.stdout) as Report).checks[0]?.status, both.code, none.code]).toEqual([1, 'fail', 2, 1]);
    expect(none.stderr).toContain('no fleet runs in /nowhere');
  });
});
