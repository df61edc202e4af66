import { DEFAULT_PARTITIONS } from '@signal/contracts';
import { choice, redisAddress, text, wholeNumber } from './parsers.ts';
import { pressureSettings } from '../pressure/pressure-settings.ts';
import type { SettingsDefinition } from './setting.ts';

/** Levels of the log, most talkative first. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** Settings that every partitioned service has. */
export const commonSettings = {
  REDIS_URL: {
    doc: 'Redis (>= 7.0) or Valkey (>= 8) that carries the topics, with maxmemory-policy noeviction; a cluster by its nodes between commas',
    secret: true,
    parse: redisAddress(),
  },
  REDIS_WAIT_REPLICAS: {
    doc: 'Replicas that must hold an entry of the log, or a push, before it counts as acknowledged; 0 waits for none',
    default: '0',
    parse: wholeNumber(0, 5),
  },
  SIGNAL_NAMESPACE: { doc: 'Prefix of every Redis key of the deployment; empty = none', default: '', parse: text() },
  PARTITIONS: {
    doc: 'Partitions of the deployment, fixed for the life of its data',
    default: String(DEFAULT_PARTITIONS),
    parse: wholeNumber(16, 1024),
  },
  LEASE_TTL_MS: { doc: 'How long a partition lease lives without a renewal', default: '2000', parse: wholeNumber(100, 60_000) },
  LOG_LEVEL: { doc: 'Least level that is logged', default: 'info', parse: choice(...logLevels) },
  ...pressureSettings,
  INTERNAL_API_KEY: { doc: 'Key that services present to each other; empty = internal routes are closed', default: '', secret: true, parse: text() },
} satisfies SettingsDefinition;
