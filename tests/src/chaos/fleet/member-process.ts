import { rootFolder, type TestConfigServer, until } from '@signal/testing';
import { SignalError } from '@signal/contracts';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { join } from 'node:path';

/** Which member to start, by which config server, and where its log goes. */
export type MemberOptions = Readonly<{ service: string; member: string; config: TestConfigServer; logFolder: string }>;

/** A service of ours in a process of its own. */
export interface MemberProcess {
  readonly service: string;
  readonly member: string;
  /** True once it announced itself, until it ended. */
  isReady(): boolean;
  isUp(): boolean;
  /** Its ops server, once it is ready. */
  url(): string;
  /** Resolves when it is ready. Throws what it wrote when it ended before. */
  readonly ready: Promise<void>;
  /** Its exit code when it ended although nobody asked it to; 128 when a signal ended it. */
  diedWith(): number | undefined;
  signal(name: NodeJS.Signals): void;
  /** Sends a signal and resolves with the exit code when it ended; 128 when a signal ended it. Throws after `withinMs`. */
  end(name: 'SIGKILL' | 'SIGTERM', withinMs?: number): Promise<number>;
  /** End of what it wrote. */
  said(): string;
}

/** Steps of niceness above this process. */
const STARTING_PRIORITY = 10;
const READY_WITHIN_MS = 60_000;
const END_WITHIN_MS = 15_000;
const KEPT_WORDS = 4_000;

const launch = ({ service, member, config, logFolder }: MemberOptions, log: number): ChildProcess => {
  const main = join(rootFolder(), 'services', service, 'src/main.ts');
  const address = { ENVIRONMENT: 'test', CONFIG_SERVICE_URL: config.url, CONFIG_SERVICE_API_KEY: config.key };
  // A start costs half a second of processor less with the code compiled by the starts before it.
  // Measuring coverage doubles what a fleet costs, and other tests run all of it; named and undefined, or Node would add it.
  const env = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(logFolder, 'compile-cache'), NODE_V8_COVERAGE: undefined, ...address };
  return spawn(process.execPath, ['--conditions=signal-source', main, '--member', member], { env, stdio: ['ignore', log, log, 'ipc'] });
};

/** While it starts, a member gives way to those that run, as it would on a machine of its own. Only root may take that back later. */
const giveWay = (child: ChildProcess, gives: boolean): void => {
  if (process.getuid?.() !== 0 || child.pid === undefined) return;
  try {
    setPriority(child.pid, getPriority() + (gives ? STARTING_PRIORITY : 0));
  } catch {
    // It has ended.
  }
};

/** Starts a member. */
export function startMember(options: MemberOptions): MemberProcess {
  const { service, member } = options;
  const logFile = join(options.logFolder, `${member}.log`);
  const child = launch(options, openSync(logFile, 'a'));
  const exited = once(child, 'exit');
  giveWay(child, true);
  let url = '';
  let isAsked = false;
  child.on('message', (message: Readonly<{ url: string }>) => {
    url = message.url;
    giveWay(child, false);
  });
  const isUp = (): boolean => child.exitCode === null && child.signalCode === null;
  const said = (): string => readFileSync(logFile, 'utf8').slice(-KEPT_WORDS);
  const isAnnounced = (): boolean => {
    if (!isUp()) throw new SignalError('backend_failed', `${member} ended with ${child.exitCode ?? child.signalCode} before it was ready: ${said()}`);
    return url !== '';
  };
  return {
    service,
    member,
    isReady: () => url !== '' && isUp(),
    isUp,
    url: () => url,
    ready: until(isAnnounced, { what: `${member} is ready`, withinMs: READY_WITHIN_MS }).then(() => undefined),
    diedWith: () => (isUp() || isAsked ? undefined : (child.exitCode ?? 128)),
    signal: (name) => void child.kill(name),
    end: async (name, withinMs = END_WITHIN_MS) => {
      isAsked ||= isUp();
      if (isUp()) child.kill(name);
      const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
      await exited;
      clearTimeout(timer);
      return child.exitCode ?? 128;
    },
    said,
  };
}
