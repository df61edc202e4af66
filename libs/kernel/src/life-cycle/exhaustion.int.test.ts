import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startConfigServer, type TestConfigServer, until } from '@signal/testing';

const packageFolder = fileURLToPath(new URL('../../', import.meta.url));

/** A program that runs a service with the given work; `every` repeats it, `context.pressure` is at hand. */
const program = (work: string, stop = ''): string => `
  import { openSync } from 'node:fs';
  import { pressureSettings, runService } from '@signal/kernel';
  const kept = [];
  const every = (ms, work) => setInterval(work, ms);
  const say = (line) => process.connected && process.send(line);
  await runService({
    env: process.env, argv: ['--member', 'x-1'], name: 'x', settings: pressureSettings,
    create: (context) => ({
      name: 'x', start: async () => { ${work} }, stop: async () => { say('stopping'); ${stop} }, unhealthy: () => undefined,
    }),
  });
`;

const growHeap = 'every(20, () => kept.push(Array.from({ length: 50_000 }, Math.random)));';
const growMemory = 'every(20, () => kept.push(Buffer.alloc(1_000_000, 1)));';
const blockLoop = 'every(1, () => { const end = performance.now() + 100; while (performance.now() < end); });';
const openDescriptors = "every(20, () => kept.push(openSync('/dev/null', 'r')));";
const fastChecks = { PRESSURE_CHECK_MS: '50' };

describe('a process that runs out of', () => {
  let config: TestConfigServer;
  let child: ChildProcess;
  let said: unknown[];
  let log: string;
  afterEach(async () => {
    child.kill('SIGKILL');
    await config.close();
  });

  const run = async (source: string, settings: Readonly<Record<string, string>>): Promise<void> => {
    config = await startConfigServer({ ...fastChecks, ...settings });
    said = [];
    log = '';
    const words = ['--conditions=signal-source', '--max-old-space-size=256', '--input-type=module', '--eval', source];
    const env = { PATH: process.env['PATH'], ENVIRONMENT: 'test', CONFIG_SERVICE_URL: config.url, CONFIG_SERVICE_API_KEY: config.key };
    child = spawn(process.execPath, words, { cwd: packageFolder, env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    child.on('message', (message) => said.push(message));
    child.stdout?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  };
  const lines = (): readonly Readonly<{ msg: string; reason?: string }>[] =>
    log
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as { msg: string; reason?: string });
  const reasonOf = (msg: string): string | undefined => lines().find((line) => line.msg === msg)?.reason;
  const exitCode = async (): Promise<number | null> => {
    await until(() => child.exitCode !== null || child.signalCode !== null, { what: 'the process is gone', withinMs: 20_000 });
    return child.exitCode;
  };
  const url = async (): Promise<string> =>
    until(() => said.map((message) => (message as { url?: string }).url).find((text) => text !== undefined) ?? false, {
      what: 'the service is ready',
      withinMs: 20_000,
    });
  const expectDrained = async (resource: string): Promise<void> => {
    expect(await exitCode()).toBe(75);
    await until(() => reasonOf('draining') !== undefined, { what: 'the log is read' });
    const words = expect.stringMatching(new RegExp(`(^|; )${resource}: `));
    expect([reasonOf('pressure is high'), reasonOf('a resource is exhausted'), reasonOf('draining')]).toEqual([words, words, words]);
    expect(said).toContain('stopping');
  };

  it.each([
    ['heap', growHeap, { HEAP_BUDGET_PERCENT: '40' }],
    ['memory', growMemory, { MEMORY_BUDGET_MB: '240' }],
    ['event loop', blockLoop, { EVENT_LOOP_BUDGET_MS: '50' }],
    ['descriptors', openDescriptors, { DESCRIPTOR_BUDGET: '120' }],
  ])('%s is first under high pressure, then drains and asks to be started anew', async (resource, work, settings) => {
    await run(program(work), settings);
    await expectDrained(resource);
  });

  it('disk does so too', async () => {
    await run(program(''), {});
    await url();
    config.set({ ...fastChecks, DISK_RESERVE_MB: '90000000' });
    await expectDrained('disk');
  });

  it('memory for too long, although it takes no more, is exhausted', async () => {
    await run(program(`while (process.memoryUsage.rss() < 420e6) kept.push(Buffer.alloc(1_000_000, 1));`), {
      MEMORY_BUDGET_MB: '460',
      PRESSURE_HIGH_MAX_MS: '1000',
    });
    await expectDrained('memory');
    expect(reasonOf('a resource is exhausted')).toContain('high for too long');
  });

  it('anything is not ready from then on, and says why', async () => {
    await run(program(openDescriptors, `await new Promise((done) => process.once('message', done));`), { DESCRIPTOR_BUDGET: '120' });
    const ops = await url();
    await until(() => said.includes('stopping'), { what: 'the drain', withinMs: 20_000 });
    const answer = await fetch(`${ops}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([503, { status: 'fail', reason: expect.stringContaining('descriptors: ') }]);
    expect((await fetch(`${ops}/livez`)).status).toBe(200);
    child.send('done');
    expect(await exitCode()).toBe(75);
  });

  it('nothing, because it pauses while the pressure is high, stays', async () => {
    // Larger than 32 MiB, so that the allocator gives it back to the system as soon as it is free.
    const pauses = `every(150, () => (context.pressure.level() === 'calm' ? kept.push(Buffer.alloc(34_000_000, 1)) : kept.splice(0)));
      context.pressure.onChange((level) => say(level));`;
    await run(program(pauses), { MEMORY_BUDGET_MB: '400' });
    await until(() => said.filter((message) => message === 'high').length > 1 && said.at(-1) === 'calm', {
      what: 'a second time of calm after high pressure',
      withinMs: 20_000,
    });
    expect([child.exitCode, said.includes('exhausted')]).toEqual([null, false]);
  });

  it('disk before it begins waits for room instead of failing', async () => {
    await run(program(''), { DISK_RESERVE_MB: '90000000' });
    await until(() => lines().some(({ msg }) => msg === 'the start waits for room'), { what: 'the start waits', withinMs: 20_000 });
    config.set({ ...fastChecks, DISK_RESERVE_MB: '0' });
    await url();
    child.kill('SIGTERM');
    expect(await exitCode()).toBe(0);
  });
});
