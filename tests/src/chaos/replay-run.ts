import { partitionOf, createKeys, SignalError } from '@signal/contracts';
import { connectRedis, sequenceOf, stateOf } from '@signal/bus';
import { freePort, newFolder, recordRun, type Recording, startRedis, testDatabase, until } from '@signal/testing';
import { launchFleet, type LaunchedFleet, type Member, untilReady } from './launched-fleet.ts';
import { setTimeout as wait } from 'node:timers/promises';
import type { PlannedKill } from './seeded.ts';

/** A replay run to its end: what it published, where its rows are, how long its log was, and who was killed when. */
export type FinishedRun = Readonly<{
  recording: Recording;
  databaseUrl: string;
  /** Entries in the log of the watched partition. */
  total: number;
  killed: readonly string[];
  /** Longest time in which the watched log or a reader of it did not move, killed or not. */
  longestSilenceMs: number;
  close(): Promise<void>;
}>;

/** A day (or more) to replay, and whom to kill on the way. */
export type RunOptions = Readonly<{ from: string; to: string; kills?: readonly PlannedKill[]; flags?: readonly string[] }>;

const WATCHED = 'INDEX:SPX';
const PARTITIONS = 64;
const RUN_WITHIN_MS = 480_000;
const BACK_WITHIN_MS = 60_000;
const POLL_MS = 10;

const marketKey = createKeys().topic('market', partitionOf(WATCHED, PARTITIONS));

const memberOf = (fleet: LaunchedFleet, service: string): Member => {
  const found = fleet.info()?.members.find((member) => member.service === service);
  if (found === undefined) throw new SignalError('backend_failed', `no member of ${service} runs; the fleet said:\n${fleet.progress().slice(-2000)}`);
  return found;
};

const isBack = (fleet: LaunchedFleet, dead: Member): boolean => {
  if (fleet.exitCode() !== undefined) return true;
  const now = fleet.info()?.members.find(({ member }) => member === dead.member);
  return now !== undefined && now.pid !== dead.pid;
};

type Watch = Readonly<{ lastN: () => Promise<number>; isOver: () => boolean }>;

const carryOut = async (fleet: LaunchedFleet, kills: readonly PlannedKill[], watch: Watch): Promise<readonly string[]> => {
  const killed: string[] = [];
  for (const { n, service } of kills) {
    const isDue = async (): Promise<boolean> => watch.isOver() || (await watch.lastN()) >= n;
    await until(isDue, { withinMs: RUN_WITHIN_MS, what: `the log reaches ${n}` });
    if (watch.isOver()) break;
    const victim = memberOf(fleet, service);
    process.kill(victim.pid, 'SIGKILL');
    killed.push(`${victim.member} at ${await watch.lastN()}`);
    await until(() => isBack(fleet, victim), { withinMs: BACK_WITHIN_MS, what: `${victim.member} is back` });
  }
  return killed;
};

/** Replays days at full speed under the launcher, kills as planned, and returns what was published. The caller closes it. */
export async function runReplay(options: RunOptions): Promise<FinishedRun> {
  const redis = await startRedis();
  const database = await testDatabase();
  const recorder = await recordRun({ redisUrl: redis.url, partitions: PARTITIONS });
  const commands = connectRedis(redis.url, { name: 'chaos' });
  const close = async (): Promise<void> => {
    commands.disconnect();
    await database.drop();
    await redis.stop();
  };
  const port = String(await freePort());
  const flags = ['--port', port, '--once', '--speed', 'max', '--from', options.from, '--to', options.to, ...(options.flags ?? [])];
  const backends = { REDIS_URL: redis.url, DATABASE_URL: database.url };
  const fleet = launchFleet({ flags, dataFolder: newFolder('fleet'), backends });
  let newest = 0;
  const lastN = async (): Promise<number> => {
    // On a crowded machine a command may pass its deadline; the log only grows, so the last answer stands until the next.
    newest = await stateOf(commands, marketKey).then(
      ({ lastId }) => sequenceOf(lastId),
      () => newest,
    );
    return newest;
  };
  try {
    await untilReady(fleet);
    const silence = watchSilence(lastN, () => fleet.exitCode() !== undefined);
    const killed = await carryOut(fleet, options.kills ?? [], { lastN, isOver: () => fleet.exitCode() !== undefined });
    const code = await fleet.ended(RUN_WITHIN_MS);
    if (code !== 0) throw new SignalError('backend_failed', `the fleet ended with ${code}: ${fleet.progress().slice(-2000)}`);
    const total = await lastN();
    return { recording: await recorder.stop(), databaseUrl: database.url, total, killed, longestSilenceMs: await silence, close };
  } catch (error) {
    await fleet.stop().catch(() => 1);
    await recorder.stop();
    await close();
    throw error;
  }
}

const watchSilence = async (lastN: () => Promise<number>, isOver: () => boolean): Promise<number> => {
  let n = await lastN();
  let movedAtMs = performance.now();
  let longestMs = 0;
  while (!isOver()) {
    const now = await lastN();
    if (now !== n) {
      longestMs = Math.max(longestMs, performance.now() - movedAtMs);
      movedAtMs = performance.now();
      n = now;
    }
    await wait(POLL_MS);
  }
  return Math.round(longestMs);
};
