import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@signal/testing';
import { startProgram } from './child.ts';
import { findProgram, runProgram } from './run-program.ts';
import { type Launch, startRunning } from './running.ts';
import { Supervised } from './supervised.ts';

const announces = "process.send({ url: 'http://child' });";
const announced = async (child: ChildProcess, signal: AbortSignal): Promise<string> => {
  const [message] = (await once(child, 'message', { signal })) as [{ url: string }];
  return message.url;
};

describe('startRunning', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signal-child-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const spec = (code: string, more: Partial<Launch> = {}): Launch => {
    const logFile = join(folder, 'logs', 'child.log');
    const launch = (): ChildProcess => startProgram({ command: process.execPath, args: ['-e', code], logFile, ipc: true });
    return { name: 'child', logFile, launch, whenReady: announced, stopSignal: 'SIGTERM', stopTimeoutMs: 5000, ...more };
  };
  const never = new AbortController().signal;

  it('resolves when the process announces itself and ends it by its signal', async () => {
    const running = await startRunning(spec(`process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); ${announces}`), never);
    expect([running.url, await running.stop(), await running.gone]).toEqual([
      'http://child',
      true,
      { how: 'ended with exit code 0', isExhausted: false },
    ]);
  });

  it('knows a process that has used up a budget, ready or not, by its exit code', async () => {
    const running = await startRunning(spec(`${announces} process.once('disconnect', () => {}); setTimeout(() => process.exit(75), 20);`), never);
    expect(await running.gone).toEqual({ how: 'used up a budget and drained', isExhausted: true });
    await expect(startRunning(spec('process.exit(75);'), never)).rejects.toMatchObject({ code: 'exhausted' });
  });

  it("says a dead process's last words and where its log is", async () => {
    const dies = startRunning(spec("process.stderr.write('Error: no such planet\\n'); process.exit(3);"), never);
    await expect(dies).rejects.toMatchObject({
      code: 'backend_failed',
      message: expect.stringMatching(/^child ended with exit code 3 before it was ready: Error: no such planet \(.*child\.log\)$/),
    });
  });

  it('says that a program cannot be started', async () => {
    const logFile = join(folder, 'x.log');
    const dies = startRunning(spec('', { launch: () => startProgram({ command: join(folder, 'absent'), args: [], logFile }) }), never);
    await expect(dies).rejects.toMatchObject({ message: expect.stringContaining('could not be started') });
  });

  it('kills a process that does not stop in time', async () => {
    const running = await startRunning(
      spec(`process.on('SIGTERM', () => {}); ${announces} setInterval(() => {}, 1000);`, { stopTimeoutMs: 50 }),
      never,
    );
    expect([await running.stop(), (await running.gone).how]).toEqual([false, 'was ended by SIGKILL']);
  });

  it('brings a killed process back under a new id', async () => {
    const said: string[] = [];
    const code = `${announces} setInterval(() => {}, 1000);`;
    const process_ = new Supervised(
      { name: 'child', start: (signal) => startRunning(spec(code), signal) },
      { say: (line) => void said.push(line), changed: () => undefined, gaveUp: () => undefined },
    );
    await process_.start();
    process_.allowRestarts();
    const first = process_.pid;
    process.kill(first, 'SIGKILL');
    await until(() => process_.pid !== first, { what: 'the restart' });
    expect(said[0]).toBe('child was ended by SIGKILL; starting it again in 0.1 s');
    await process_.stop();
  });
});

describe('runProgram', () => {
  it('returns what a program prints', async () => {
    expect(await runProgram({ command: process.execPath, args: ['-p', '1 + 1'], timeoutMs: 20_000 })).toBe('2\n');
  });

  it('says why a program failed, or that it took too long', async () => {
    const fails = ['-e', "process.stderr.write('FATAL: no disk\\nremoving what was begun\\n'); process.exit(1)"];
    await expect(runProgram({ command: process.execPath, args: fails, timeoutMs: 20_000 })).rejects.toMatchObject({
      message: 'node failed: FATAL: no disk',
    });
    await expect(runProgram({ command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'], timeoutMs: 50 })).rejects.toMatchObject({
      message: expect.stringContaining('50 ms'),
    });
  });

  it('finds programs on a search path, in its order', () => {
    expect([findProgram('/nowhere:/bin', 'sh'), findProgram('/nowhere', 'sh'), findProgram('/bin', 'no-such', 'sh')]).toEqual([
      '/bin/sh',
      undefined,
      '/bin/sh',
    ]);
  });
});
