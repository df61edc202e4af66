import type { Logger } from '../log/logger.ts';
import { withDeadline } from '../time/with-deadline.ts';

/** Where a process is in its life. */
export type Phase = 'starting' | 'ready' | 'draining';

/** What a process hands over to be ended well. */
export type LifeOptions = Readonly<{
  log: () => Logger;
  /** Finishes the work in hand and closes everything; has 10 s. */
  stop: () => Promise<void>;
}>;

/** The life of this process. */
export interface ProcessLife {
  phase(): Phase;
  /** Says that the process can take work, in the log and to a parent with an IPC channel. */
  ready(announcement: Readonly<{ url: string; member: string }>): void;
  /** Logs what ended the process and exits 1; during a drain the failure of an interrupted start is no failure. */
  fail(error: unknown, what: string): void;
  /** Drains and exits `EXHAUSTED_EXIT_CODE`, so that whoever supervises the process starts it anew. */
  restart(reason: string): void;
}

/** Exit code of a process that has used up a budget (EX_TEMPFAIL of sysexits): nothing is wrong with it that a new process would not cure. */
export const EXHAUSTED_EXIT_CODE = 75;

/** How long the work in hand may take after SIGTERM. */
const DRAIN_TIMEOUT_MS = 10_000;

/**
 * Takes charge of this process's end: SIGTERM, SIGINT and the death of a parent with an IPC channel drain it (exit 0, or 1 when the drain
 * fails or takes longer than 10 s); an unhandled error ends it at once (exit 1). `restart` drains it too, and exits 75 however the drain goes.
 */
export function ownProcess(options: LifeOptions): ProcessLife {
  let phase: Phase = 'starting';
  const end = (error: unknown, what: string): void => {
    options.log().fatal({ err: error }, what);
    process.exit(1);
  };
  const drain = async (reason: string, exitCode = 0): Promise<void> => {
    if (phase === 'draining') return;
    phase = 'draining';
    options.log().info({ reason }, 'draining');
    try {
      await withDeadline(options.stop(), DRAIN_TIMEOUT_MS, 'the drain');
    } catch (error) {
      options.log().fatal({ err: error }, 'the drain failed');
      process.exit(exitCode === 0 ? 1 : exitCode);
    }
    options.log().info('stopped');
    process.exit(exitCode);
  };
  process.once('uncaughtException', (error) => end(error, 'uncaught exception'));
  process.once('unhandledRejection', (error) => end(error, 'unhandled rejection'));
  process.on('SIGTERM', () => void drain('SIGTERM'));
  process.on('SIGINT', () => void drain('SIGINT'));
  if (process.send !== undefined) process.once('disconnect', () => void drain('parent gone'));
  return {
    phase: () => phase,
    ready: ({ url, member }) => {
      if (phase === 'starting') phase = 'ready';
      options.log().info({ url }, 'ready');
      if (process.connected) process.send?.({ type: 'ready', url, member });
    },
    fail: (error, what) => {
      if (phase !== 'draining') end(error, what);
    },
    restart: (reason) => void drain(reason, EXHAUSTED_EXIT_CODE),
  };
}
