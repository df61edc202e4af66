import { SignalError } from '@signal/contracts';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { until } from '../until.ts';
import { rootFolder } from '../workspace/root-folder.ts';
import { startConfigServer, type TestConfigServer } from './config-server.ts';

/** Settings of the service, and its member name if the test needs to know it. */
export type SpawnOptions = Readonly<{ settings: Readonly<Record<string, string>>; member?: string; readyWithinMs?: number }>;

/** A service of ours in a process of its own, ready. */
export interface SpawnedService {
  readonly pid: number;
  /** Its ops server: probes, metrics, internal routes. */
  readonly url: string;
  readonly config: TestConfigServer;
  /** What it has written to stdout and stderr so far (the last 64 KiB). */
  output(): string;
  /** SIGKILL: nothing is finished, nothing is released. */
  kill(): Promise<void>;
  /** SIGTERM: drains; returns the exit code. */
  stop(): Promise<number>;
}

const READY_WITHIN_MS = 30_000;
const OUTPUT_LIMIT = 65_536;

const collectOutput = (child: ChildProcess): (() => string) => {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-OUTPUT_LIMIT);
    });
  }
  return () => text;
};

const isUp = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

const end = async (child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number> => {
  if (isUp(child)) {
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
  return child.exitCode ?? -1;
};

const launch = (name: string, config: TestConfigServer, member: string | undefined): ChildProcess => {
  const main = path.join(rootFolder(), 'services', name, 'src/main.ts');
  const words = ['--conditions=signal-source', main, ...(member === undefined ? [] : ['--member', member])];
  const env = { PATH: process.env['PATH'], ENVIRONMENT: 'test', CONFIG_SERVICE_URL: config.url, CONFIG_SERVICE_API_KEY: config.key };
  return spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
};

type OpsMessage = Readonly<{ type: 'ops'; url: string }>;

/** Starts `services/<name>/src/main.ts` with a config server of its own and returns it once it is ready. */
export async function spawnService(name: string, options: SpawnOptions): Promise<SpawnedService> {
  const config = await startConfigServer(options.settings);
  const child = launch(name, config, options.member);
  const output = collectOutput(child);
  let url = '';
  child.on('message', (message: OpsMessage) => {
    url = message.url;
  });
  const shutDown = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number> => {
    const code = await end(child, signal);
    await config.close();
    return code;
  };
  const isReady = (): boolean => {
    if (!isUp(child))
      throw new SignalError('backend_failed', `${name} ended with ${child.exitCode ?? child.signalCode} before it was ready: ${output()}`);
    return url !== '';
  };
  try {
    await until(isReady, { what: `${name} is ready`, withinMs: options.readyWithinMs ?? READY_WITHIN_MS });
  } catch (error) {
    await shutDown('SIGKILL');
    throw error;
  }
  return { pid: child.pid ?? 0, url, config, output, kill: async () => void (await shutDown('SIGKILL')), stop: () => shutDown('SIGTERM') };
}
