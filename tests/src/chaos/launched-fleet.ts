import { SignalError } from '@signal/contracts';
import { rootFolder, until } from '@signal/testing';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One process of the fleet, as the launcher's `run.json` names it. */
export type Member = Readonly<{ service: string; member: string; pid: number; url: string }>;

/** What `run.json` says of a running fleet. */
export type RunInfo = Readonly<{ url: string; token: string; redisUrl: string; databaseUrl: string; members: readonly Member[] }>;

/** A whole fleet under the launcher, as `npm start` runs it. */
export interface LaunchedFleet {
  /** The newest `run.json`, or undefined before READY and after the stop. */
  info(): RunInfo | undefined;
  /** Exit code of the launcher, or undefined while it runs. */
  exitCode(): number | undefined;
  /** What it wrote to stderr so far (the last 32 KiB). */
  progress(): string;
  /** Resolves with the exit code. Throws after `withinMs`. */
  ended(withinMs: number): Promise<number>;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number>;
}

/** How to launch: flags after `--`, and backends in the environment (`REDIS_URL`, …) instead of embedded ones. */
export type LaunchOptions = Readonly<{ flags: readonly string[]; dataFolder: string; backends?: Readonly<Record<string, string>> }>;

const KEPT_PROGRESS = 32_768;
const STOP_WITHIN_MS = 60_000;

const start = ({ flags, dataFolder, backends = {} }: LaunchOptions): ChildProcess => {
  const root = rootFolder();
  const words = ['--conditions=signal-source', join(root, 'deploy/local/src/main.ts'), '--data', dataFolder, ...flags];
  return spawn(process.execPath, words, { cwd: root, env: { ...process.env, ...backends }, stdio: ['ignore', 'ignore', 'pipe'] });
};

/** Launches the fleet. The caller stops it. */
export function launchFleet(options: LaunchOptions): LaunchedFleet {
  const child = start(options);
  let progress = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    progress = (progress + chunk.toString()).slice(-KEPT_PROGRESS);
  });
  const runFile = join(options.dataFolder, 'run.json');
  const exitCode = (): number | undefined => (child.signalCode === null ? (child.exitCode ?? undefined) : 128);
  const ended = async (withinMs: number): Promise<number> => {
    await until(() => exitCode() !== undefined, { withinMs, what: `the fleet ends; it said:\n${progress.slice(-2000)}` });
    return exitCode() ?? 1;
  };
  return {
    info: () => (existsSync(runFile) ? (JSON.parse(readFileSync(runFile, 'utf8')) as RunInfo) : undefined),
    exitCode,
    progress: () => progress,
    ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended(STOP_WITHIN_MS);
    },
  };
}

/** Returns what the fleet says once it is READY, or throws what it wrote when it ended before. */
export async function untilReady(fleet: LaunchedFleet, withinMs = 120_000): Promise<RunInfo> {
  await until(() => fleet.info() !== undefined || fleet.exitCode() !== undefined, { withinMs, what: 'the fleet is READY' });
  const info = fleet.info();
  if (info === undefined) throw new SignalError('backend_failed', `the fleet ended with ${fleet.exitCode()} before READY: ${fleet.progress()}`);
  return info;
}
