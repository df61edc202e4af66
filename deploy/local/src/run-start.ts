import { SignalError } from '@signal/contracts';
import type { StartFlags } from './flags/start-flags.ts';
import type { LauncherEnv } from './fleet/environment.ts';
import { createProgress } from './progress.ts';
import { start } from './start.ts';

/** Runs a fleet for the life of this process: SIGINT, SIGTERM and SIGHUP stop it cleanly, an error that nobody caught ends it. */
export async function runStart(flags: StartFlags, env: LauncherEnv): Promise<void> {
  const stop = new AbortController();
  const crashed = Promise.withResolvers<never>();
  crashed.promise.catch(() => undefined);
  const crash = (error: unknown): void =>
    crashed.reject(
      new SignalError('backend_failed', `the launcher failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error }),
    );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  await start({
    flags,
    env,
    say: createProgress(performance.now()),
    print: (line) => void process.stdout.write(line),
    stop: stop.signal,
    crashed: crashed.promise,
  });
}
