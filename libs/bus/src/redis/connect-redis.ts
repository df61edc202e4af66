import { Redis } from 'ioredis';
import type { Logger } from '@signal/kernel';

/** Hears of a connection's trouble. */
export type Sayer = Readonly<{ well(): void; failed(error: Error): void }>;

/**
 * How a connection is named and whom it tells of trouble; `commandTimeoutMs` bounds every command, also those waiting for a reconnect.
 * Connections that follow each other share a `say`, so that an outage is said once.
 */
export type ConnectOptions = Readonly<{ name: string; log?: Logger; commandTimeoutMs?: number; say?: Sayer }>;

const DEFAULT_COMMAND_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_DELAY_MS = 500;

/** What connections to one server and to a node of a cluster have in common. */
export function connectionOptions({ name, commandTimeoutMs = DEFAULT_COMMAND_TIMEOUT_MS }: ConnectOptions) {
  return {
    protocol: 2,
    connectionName: name.replaceAll(/[^A-Za-z0-9:._-]/g, '_'),
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    autoResendUnfulfilledCommands: false,
    // Whoever listens subscribes at each `ready`; nobody would catch what ioredis' own attempt comes to, and the process would end by it.
    autoResubscribe: false,
    // What was under way when a connection broke fails there and then; with any other number ioredis lets it run into its deadline.
    maxRetriesPerRequest: 0,
    enableOfflineQueue: true,
  } as const;
}

/** Returns listeners that log one line per outage and reason, not one per attempt. */
export function createSayer({ name, log }: Pick<ConnectOptions, 'name' | 'log'>): Sayer {
  let said = '';
  return {
    well: () => {
      said = '';
    },
    failed: (error) => {
      if (error.message === said) return;
      said = error.message;
      log?.warn({ connection: name, error: error.message }, 'redis connection failed');
    },
  };
}

/**
 * Returns a connection that reconnects for ever, ends every command by a deadline and never sends one twice by itself.
 * It speaks RESP2: under RESP3 ioredis 6 shapes a reply by the spelling of the command that asked for it.
 */
export function connectRedis(url: string, options: ConnectOptions): Redis {
  const redis = new Redis(url, {
    ...connectionOptions(options),
    retryStrategy: (attempt) => Math.min(20 * 2 ** Math.min(attempt - 1, 10), MAX_RECONNECT_DELAY_MS),
  });
  const say = options.say ?? createSayer(options);
  redis.on('ready', say.well);
  redis.on('error', say.failed);
  return redis;
}
