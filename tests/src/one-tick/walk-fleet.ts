import { type Bus, createBus, setNeeded } from '@signal/bus';
import { partitionOf } from '@signal/contracts';
import { createLogger, systemClock } from '@signal/kernel';
import { freePort, newFolder, startRedis, testDatabase } from '@signal/testing';
import pg from 'pg';
import { launchFleet, type RunInfo, untilReady } from '../chaos/launched-fleet.ts';

/** A whole fleet under the launcher on backends of the test's own, and the test's eyes on Redis and Postgres. */
export interface WalkFleet {
  readonly info: RunInfo;
  readonly bus: Bus;
  readonly postgres: pg.Client;
  /** Returns the JSON that the gateway answers, with the token of READY. */
  get(path: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Which flags, and whose log is to be kept from its first entry on. */
export type WalkOptions = Readonly<{ flags: readonly string[]; instrument: string }>;

const PARTITIONS = 64;
const READER = 'walk';

/** Starts a fleet; the partition of the instrument is kept whole, so that a test can look back. */
export async function startWalkFleet({ flags, instrument }: WalkOptions): Promise<WalkFleet> {
  const redis = await startRedis();
  const database = await testDatabase();
  const log = createLogger({ service: READER, member: READER, level: 'warn' });
  const options = { redisUrl: redis.url, namespace: '', partitions: PARTITIONS, member: READER, leaseTtlMs: 2_000 };
  const bus = await createBus({ ...options, log, clock: systemClock });
  await setNeeded(bus, READER, partitionOf(instrument, PARTITIONS), 0);
  const postgres = new pg.Client({ connectionString: database.url });
  await postgres.connect();
  const fleet = launchFleet({
    flags: ['--port', String(await freePort()), ...flags],
    dataFolder: newFolder('walk'),
    backends: { REDIS_URL: redis.url, DATABASE_URL: database.url },
  });
  const close = async (): Promise<void> => {
    await fleet.stop();
    await postgres.end();
    await bus.close();
    await database.drop();
    await redis.stop();
  };
  try {
    const info = await untilReady(fleet);
    const get = async (path: string): Promise<unknown> => {
      const answer = await fetch(`${info.url}${path}`, { headers: { authorization: `Bearer ${info.token}` } });
      return answer.json();
    };
    return { info, bus, postgres, get, close };
  } catch (error) {
    await close();
    throw error;
  }
}
