import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeSignals } from '@signal/contracts';
import { startConfigServer, startRedis } from '@signal/testing';
import { Redis } from 'ioredis';
import { root } from '../paths.ts';

type Ended = Readonly<{ code: number; stdout: string; stderr: string }>;

const run = async (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> => {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const { NODE_V8_COVERAGE: coverage, PATH } = process.env;
  const inherited = { PATH, ...(coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }) };
  const words = ['--conditions=signal-source', join(root, 'deploy/local/src', file), ...args];
  execFile(process.execPath, words, { env: { ...inherited, ...env }, timeout: 25_000 }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
  });
  return await promise;
};

describe('commands', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signal-command-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['main.ts'],
    ['commands/token.ts'],
    ['commands/peek.ts'],
    ['commands/config-check.ts'],
    ['commands/replay.ts'],
    ['commands/dead-letters.ts'],
    ['commands/doctor.ts'],
  ])('%s explains itself and refuses what it does not know', async (file) => {
    const [help, wrong] = await Promise.all([run(file, ['--help']), run(file, ['--no-such-flag'])]);
    expect([help.code, help.stderr, help.stdout.startsWith('npm ')]).toEqual([0, '', true]);
    expect([wrong.code, wrong.stdout, wrong.stderr.trim().split('\n').length]).toEqual([2, '', 1]);
  });

  it('start says in one sentence that its port is in use, and leaves nothing running', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const ended = await run('main.ts', ['--port', String(port), '--data', join(folder, 'data')]);
    holder.close();
    expect([ended.code, ended.stdout, ended.stderr.trim().split('\n').at(-1)]).toEqual([
      1,
      '',
      `port ${port} on 127.0.0.1 is in use: choose another by --port`,
    ]);
    expect(readdirSync(join(folder, 'data'))).not.toContain('lock');
  });

  it('start and replay refuse a CSV that is not there before anything runs', async () => {
    const file = join(folder, 'no.csv');
    const data = ['--data', join(folder, 'data')];
    const both = await Promise.all([
      run('main.ts', ['--feed', `csv:${file}`, ...data]),
      run('commands/replay.ts', ['--csv', file, '--data', join(folder, 'other')]),
    ]);
    const last = both.map((ended) => ended.stderr.trim().split('\n').at(-1) ?? '');
    expect(both.map((ended) => ended.code)).toEqual([2, 2]);
    for (const sentence of last) expect(sentence).toContain(`${file}, which cannot be read`);
  });

  it('token prints a JWT alone', async () => {
    const ended = await run('commands/token.ts', ['--sub', 'alice', '--ttl', '-60s']);
    const body = JSON.parse(Buffer.from(ended.stdout.split('.')[1] ?? '', 'base64url').toString()) as { sub: string; exp: number };
    expect([ended.code, body.sub, body.exp * 1000 < Date.now()]).toEqual([0, 'alice', true]);
  });

  it('peek prints entries as JSON lines', async () => {
    const redis = await startRedis();
    const client = new Redis(redis.url);
    const signal = { instrument: 'INDEX:SPX', interval: '1m', expression: 'rsi(14)', seq: 1, tsMs: 5, final: true, data: { rsi: 50 } };
    for (const id of [1, 2, 3])
      await client.xadd('indicators:{60}:54', `${id}-0`, 'prev', `${id - 1}-0`, ...Object.entries(encodeSignals([signal])).flat());
    client.disconnect();
    const newest = await run('commands/peek.ts', ['indicators:{60}:54', '--count', '2', '--url', redis.url]);
    const from = await run('commands/peek.ts', ['indicators:{60}:54', '1-0', '--url', redis.url]);
    await redis.stop();
    const lines = newest.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string });
    expect(lines.map(({ id }) => id)).toEqual(['2-0', '3-0']);
    expect(JSON.parse(from.stdout)).toMatchObject({ id: '1-0', v: '2', n: 1, records: [signal] });
  });

  it('peek says what is missing: between entries, and of what was asked for', async () => {
    const redis = await startRedis();
    const client = new Redis(redis.url);
    for (const id of [1, 2, 3, 4, 5])
      await client.xadd('bars:{60}:54', `${id}-0`, 'prev', `${id - 1}-0`, ...Object.entries(encodeSignals([])).flat());
    await client.xdel('bars:{60}:54', '1-0', '2-0', '4-0');
    client.disconnect();
    const [gone, all] = await Promise.all([
      run('commands/peek.ts', ['bars:{60}:54', '2-0', '--count', '1', '--url', redis.url]),
      run('commands/peek.ts', ['bars:{60}:54', '--url', redis.url]),
    ]);
    await redis.stop();
    expect(gone.stderr).toBe('before 3-0 something is missing: entries from 2-0 up to 2-0 are not there any more\n');
    expect(all.stderr).toBe('before 5-0 something is missing: it follows 4-0, not 3-0\n');
    expect(all.stdout.trim().split('\n').length).toBe(2);
  });

  it('peek refuses a key that is no topic, and says when no fleet runs', async () => {
    const [wrong, none] = await Promise.all([run('commands/peek.ts', ['nonsense']), run('commands/peek.ts', ['bars:{60}:54', '--data', folder])]);
    expect([wrong.code, none.code, none.stderr]).toEqual([2, 1, expect.stringContaining('no fleet runs in')]);
  });

  it('config:check names every setting and where it comes from, never a secret', async () => {
    const server = await startConfigServer({ REDIS_URL: 'redis://hidden.example', S3_URL: 'http://hidden:hidden@hidden.example/b' });
    const env = { ENVIRONMENT: 'test', CONFIG_SERVICE_URL: server.url, CONFIG_SERVICE_API_KEY: server.key };
    const [good, bad] = await Promise.all([run('commands/config-check.ts', ['indicator'], env), run('commands/config-check.ts', ['archive'], env)]);
    await server.close();
    expect([good.code, good.stdout]).toEqual([0, expect.stringMatching(/indicator +REDIS_URL +config-service version 1 \(secret\)/)]);
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('DATABASE_URL is not set')]);
    expect(good.stdout + bad.stdout).not.toContain('hidden');
    expect(await run('commands/config-check.ts', [])).toMatchObject({ code: 1, stderr: expect.stringContaining('ENVIRONMENT is not set') });
  });
});
