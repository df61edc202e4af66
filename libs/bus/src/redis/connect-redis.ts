import { Redis } from 'ioredis';
import type { Logger } from '@signal/kernel';

/** How a connection is named and whom it tells of trouble; `commandTimeoutMs` bounds every command, also those waiting for a reconnect. */
export type ConnectOptions = Readonly<{ name: string; log?: Logger; commandTimeoutMs?: number }>;

const DEFAULT_COMMAND_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_DELAY_MS = 500;

/**
 * Returns a connection that reconnects for ever, ends every command by a deadline and never sends one twice by itself.
 * It speaks RESP2: under RESP3 ioredis 6 shapes a reply by the spelling of the command that asked for it.
 */
export function connectRedis(url: string, options: ConnectOptions): Redis {
  const redis = new Redis(url, {
    protocol: 2,
    connectionName: options.name.replaceAll(/[^A-Za-z0-9:._-]/g, '_'),
    commandTimeout: options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS,
    connectTimeout: options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: true,
    retryStrategy: (attempt) => Math.min(20 * 2 ** Math.min(attempt - 1, 10), MAX_RECONNECT_DELAY_MS),
  });
  let said = '';
  redis.on('ready', () => {
    said = '';
  });
  redis.on('error', (error: Error) => {
    // One line per outage and reason, not one per attempt.
    if (error.message === said) return;
    said = error.message;
    options.log?.warn({ connection: options.name, error: error.message }, 'redis connection failed');
  });
  return redis;
}
