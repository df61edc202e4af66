import { rootFolder } from '@signal/testing';
import { connectObjectStore } from '@signal/store';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backends } from './backends.ts';

/** What is replayed, and how. `speed` = event seconds a wall second, or `max`. */
export type Replay = Readonly<{ from: string; to: string; speed: string; leaseTtlMs: number }>;

/** Key that members and the harness show each other. */
export const INTERNAL_KEY = 'chaos';

/** What is traded on every day that is replayed. */
export const TRADED = ['INDEX:SPX', 'INDEX:VIX', 'INDEX:IXIC', 'TEST:SINE', 'TEST:WALK'] as const;

/** Every instrument: the others have earlier bars, and no trade on most of these days. */
export const INSTRUMENTS = [...TRADED, 'NASDAQ:AAPL', 'COMM:WTI'] as const;

const SCRIPT = 'services/script-runner/examples/ma-cross.ts';
const SCRIPT_RUNS_ON = 'INDEX:SPX|1m';

/** Readings with long and short memories, so that a state that is a little wrong shows. */
const PLANS = ['INDEX:SPX|1m|rsi(14)', 'INDEX:SPX|1m|macd(12,26,9)', 'NASDAQ:AAPL|1m|rsi(14)', 'TEST:WALK|1m|macd(12,26,9)', 'TEST:SINE|1m|atr(14)'];

/** Puts the example script into the object store and returns the setting that starts it. */
const storeScript = async (s3Url: string): Promise<string> => {
  const source = readFileSync(join(rootFolder(), SCRIPT));
  const sha256 = createHash('sha256').update(source).digest('hex');
  const store = connectObjectStore({ url: s3Url });
  try {
    await store.ensureBucket();
    await store.put(`scripts/${sha256}`, source);
  } finally {
    store.close();
  }
  return `scr_ma-cross@1|${sha256}|${SCRIPT_RUNS_ON}`;
};

/** Returns the settings of all services of a run. */
export async function fleetSettings(backends: Backends, replay: Replay): Promise<Readonly<Record<string, string>>> {
  return {
    REDIS_URL: backends.redis.url,
    DATABASE_URL: backends.database.url,
    S3_URL: backends.objects.url,
    LEASE_TTL_MS: String(replay.leaseTtlMs),
    LOG_LEVEL: 'warn',
    INTERNAL_API_KEY: INTERNAL_KEY,
    HTTP_PORT: '0',
    DASHBOARD: 'false',
    FEED: 'replay',
    FEED_SPEED: replay.speed,
    FEED_FROM: replay.from,
    FEED_TO: replay.to,
    FEED_ONCE: 'true',
    BAR_INTERVALS: '1m 5m 1h 1d',
    DEFAULT_PLANS: PLANS.join(','),
    DEFAULT_SCRIPTS: await storeScript(backends.objects.url),
    ARCHIVE_FLUSH_MS: '50',
    // Which call of a script is stopped depends on the processor's time, and that on the machine: a slow one must change nothing.
    SCRIPT_CALL_TIMEOUT_MS: '1000',
    SCRIPT_UNRESPONSIVE_MS: '10000',
  };
}
