import { isSignalError } from '@signal/contracts';
import { type DataFolder, takeDataFolder } from './data/data-folder.ts';
import { endLeftBehind } from './data/left-behind.ts';
import { removeRunInfo, type RunInfo, writeRunInfo } from './data/run-file.ts';
import type { StartFlags } from './flags/start-flags.ts';
import type { LauncherEnv } from './fleet/environment.ts';
import { Fleet } from './fleet/fleet.ts';
import { type Launched, launchFleet } from './fleet/launch.ts';
import { developmentKey } from './identity/development-key.ts';
import { mintToken } from './identity/mint-token.ts';
import { developmentKeyPath } from './paths.ts';
import type { Say } from './progress.ts';
import { openReadiness } from './ready/readiness.ts';

/** What a start is given. It ends when `stop` aborts, when a finished `--once` is drained, or by throwing. */
export type StartInput = Readonly<{
  flags: StartFlags;
  env: LauncherEnv;
  say: Say;
  /** Writes the READY line. */
  print(line: string): void;
  stop: AbortSignal;
  /** Rejects on an error that nobody caught. */
  crashed: Promise<never>;
}>;

const TOKEN_TTL_S = 24 * 3600;

/** Runs a whole fleet until it is told to stop; whatever was started is stopped before this returns or throws. */
export async function start(input: StartInput): Promise<void> {
  const { flags, say, stop } = input;
  const folder = takeDataFolder(flags.data, { fresh: flags.fresh, pid: process.pid });
  const fleet = new Fleet(folder.path, say);
  const ending = new AbortController();
  try {
    for (const name of await endLeftBehind(folder.path)) say(`${name}: ended one that an earlier start left behind`);
    await Promise.race([
      runFleet({ ...input, stop: AbortSignal.any([stop, ending.signal]) }, folder, fleet),
      fleet.failed,
      input.crashed,
      aborted(stop),
    ]);
  } catch (error) {
    // Whatever fails because we are stopping is no failure.
    if (!stop.aborted || isSignalError(error, 'usage')) throw error;
  } finally {
    ending.abort();
    say(stop.aborted ? 'stopping' : 'ending');
    removeRunInfo(folder.path);
    await fleet.stop();
    folder.release();
    say('stopped');
  }
}

async function runFleet({ env, flags, print, say, stop }: StartInput, folder: DataFolder, fleet: Fleet): Promise<void> {
  const startedMs = performance.now();
  const launched = await launchFleet({ env, flags, folder, fleet, say, signal: stop });
  const readiness = await openReadiness({ launched, fleet, flags, signal: stop });
  try {
    await readiness.untilReady();
    const token = await readyToken();
    const readyMs = Math.round(performance.now() - startedMs);
    const info = (): RunInfo => runInfo({ launched, fleet, token, readyMs });
    fleet.keepUp(() => writeRunInfo(folder.path, info()));
    writeRunInfo(folder.path, info());
    print(`READY ${JSON.stringify(info())}\n`);
    say(`ready: ${launched.url}`);
    await (flags.once ? readiness.untilDrained() : aborted(stop));
    if (flags.once) say('the feed has ended and everything is drained');
  } finally {
    readiness.close();
  }
}

type RunInput = Readonly<{ launched: Launched; fleet: Fleet; token: string; readyMs: number }>;

function runInfo({ fleet, launched, readyMs, token }: RunInput): RunInfo {
  const { config, url, urls } = launched;
  return { url, token, ...urls, configServiceUrl: config.url, members: fleet.members(), readyMs };
}

async function readyToken(): Promise<string> {
  const claims = { sub: 'dev', roles: ['admin', 'user', 'feed'], entitlements: ['*'], ttlS: TOKEN_TTL_S };
  return await mintToken(await developmentKey(developmentKeyPath), claims, Date.now());
}

async function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}
