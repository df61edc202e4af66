import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startConfigServer, type TestConfigServer, until } from '@signal/testing';

const packageFolder = fileURLToPath(new URL('../../', import.meta.url));

/** A program that runs a service whose start and stop are the given statements; `say` writes a line. */
const program = ({ start = '', stop = '' }: Readonly<{ start?: string; stop?: string }>): string => `
  import { runService } from '@signal/kernel';
  const say = (line) => process.connected && process.send(line);
  await runService({
    env: process.env, argv: ['--member', 'x-1'], name: 'x', settings: {},
    create: () => ({ name: 'x', start: async () => { ${start} }, stop: async () => { say('stopping'); ${stop} }, unhealthy: () => undefined }),
  });
`;

describe('runService', () => {
  let config: TestConfigServer;
  let child: ChildProcess;
  let said: unknown[];
  let log: string;
  beforeEach(async () => {
    config = await startConfigServer({});
    said = [];
    log = '';
  });
  afterEach(async () => {
    child.kill('SIGKILL');
    await config.close();
  });

  const run = (source: string, stdout: number | 'pipe' = 'pipe'): void => {
    const words = ['--conditions=signal-source', '--input-type=module', '--eval', source];
    const env = { PATH: process.env['PATH'], ENVIRONMENT: 'test', CONFIG_SERVICE_URL: config.url, CONFIG_SERVICE_API_KEY: config.key };
    child = spawn(process.execPath, words, { cwd: packageFolder, env, stdio: ['ignore', stdout, 'ignore', 'ipc'] });
    child.on('message', (message) => said.push(message));
    child.stdout?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  };
  const urlOnceReady = async (): Promise<string> => {
    const ready = (): string | undefined => said.map((message) => (message as { url?: string }).url).find((url) => url !== undefined);
    return until(() => ready() ?? false, { withinMs: 20_000, what: 'the service is ready' });
  };
  const exitCode = async (): Promise<number | null> => {
    if (child.exitCode === null) await once(child, 'exit');
    return child.exitCode;
  };

  it.each(['SIGTERM', 'SIGINT'] as const)('finishes the work in hand on %s, answering "draining", and exits 0', async (signal) => {
    run(program({ stop: `await new Promise((done) => process.once('message', done));` }));
    const url = await urlOnceReady();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    child.kill(signal);
    await until(() => said.includes('stopping'), { what: 'the service is stopping' });
    child.kill(signal);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    child.send('done');
    expect(await exitCode()).toBe(0);
    expect(said.filter((message) => message === 'stopping')).toHaveLength(1);
  });

  it('drains when the parent is gone', async () => {
    run(program({}));
    await urlOnceReady();
    child.disconnect();
    expect(await exitCode()).toBe(0);
  });

  it('exits 1 when the drain fails, saying why', async () => {
    run(program({ stop: `throw new RangeError('no room');` }));
    await urlOnceReady();
    child.kill('SIGTERM');
    expect(await exitCode()).toBe(1);
    expect(log).toContain('no room');
  });

  it('exits 1 when the service cannot start, saying why', async () => {
    run(program({ start: `throw new RangeError('no planet');` }));
    expect(await exitCode()).toBe(1);
    await until(() => log.includes('no planet'), { what: 'the reason is logged' });
  });

  it.each([
    ['a rejection that nobody handled', `void Promise.reject(new RangeError('nobody caught it'));`],
    ['an error that nobody caught', `throw new RangeError('nobody caught it');`],
  ])('exits 1 on %s', async (_, fails) => {
    run(program({ start: `process.once('message', () => { ${fails} });` }));
    await urlOnceReady();
    child.send('now');
    expect(await exitCode()).toBe(1);
    await until(() => log.includes('nobody caught it'), { what: 'the reason is logged' });
  });

  it('outlives a full disk under its log', async () => {
    const full = openSync('/dev/full', 'w');
    run(program({}), full);
    closeSync(full);
    expect((await fetch(`${await urlOnceReady()}/livez`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exitCode()).toBe(0);
  });
});
