import { type Bus, createBus } from '@signal/bus';
import { SignalError } from '@signal/contracts';
import { createLogger, systemClock } from '@signal/kernel';
import { newFolder, startConfigServer, type TestConfigServer, until } from '@signal/testing';
import { setTimeout as wait } from 'node:timers/promises';
import { type FinalState, readFinalState } from './compare/final-state.ts';
import { type LogRecorder, recordLog } from './compare/log-recorder.ts';
import type { RecordedLog } from './compare/logged-entries.ts';
import { type Backends, startBackends } from './fleet/backends.ts';
import { hasPassed, partitionsOf, readersBehind, readFeed } from './fleet/progress.ts';
import { patiently } from './patiently.ts';
import { createRoster, type Members, type Roster } from './fleet/roster.ts';
import { fleetSettings, INSTRUMENTS, type Replay, TRADED } from './fleet/settings.ts';

/** A run while it goes on: what faults need. */
export type RunningReplay = Readonly<{
  roster: Roster;
  backends: Backends;
  bus: Bus;
  /** Partitions in which something happens. */
  partitions: readonly number[];
  /** From now on the feed goes as fast as readers follow. */
  hurry(): Promise<void>;
}>;

/** What a run left: all its topics, its last state, where its rows are, and members that did not end well. */
export type FinishedReplay = Readonly<{ log: RecordedLog; state: FinalState; databaseUrl: string; failures: readonly string[]; seconds: number }>;

/** How to run. `proxy` returns another address of Redis for some members; `during` is done while the replay runs. */
export type ReplayOptions = Readonly<{
  replay: Replay;
  members: Members;
  partitions: number;
  say(words: string): void;
  proxy?(redisUrl: string): Promise<string>;
  during?(running: RunningReplay): Promise<void>;
}>;

/** One member in so many reaches Redis by the proxy. */
const PROXIED_ONE_IN = 2;
const BEGUN_WITHIN_MS = 120_000;
const ENDS_WITHIN_MS = 1_200_000;
const CAUGHT_UP_WITHIN_MS = 120_000;
const CATCH_UP_POLL_MS = 20;
/** Entries that a reader may be behind of a feed that goes on. */
const SLACK_ENTRIES = 20;
/** The source first, then what it feeds, the archive last. */
const STOP_ORDER = [['gateway', 'ingest'], ['indicator', 'greeks', 'script-runner'], ['archive']] as const;

type Parts = Readonly<{ backends: Backends; recorder: LogRecorder; roster: Roster; bus: Bus; configs: readonly TestConfigServer[] }>;

const openParts = async (options: ReplayOptions): Promise<Parts> => {
  const backends = await startBackends();
  const settings = { ...(await fleetSettings(backends, options.replay)), PARTITIONS: String(options.partitions) };
  const proxied = await options.proxy?.(backends.redis.url);
  const direct = await startConfigServer(settings);
  const configs = proxied === undefined ? [direct] : [direct, await startConfigServer({ ...settings, REDIS_URL: proxied })];
  const log = createLogger({ service: 'chaos', member: 'chaos', level: 'error' });
  const name = { redisUrl: backends.redis.url, namespace: '', partitions: options.partitions, member: 'chaos-harness', leaseTtlMs: 2_000 };
  const roster = createRoster({
    logFolder: newFolder('logs'),
    configFor: (_, count) => configs[count % PROXIED_ONE_IN === 0 ? configs.length - 1 : 0] ?? direct,
  });
  const recorder = await recordLog({ redisUrl: backends.redis.url, partitions: options.partitions });
  return { backends, recorder, roster, bus: await createBus({ ...name, log, clock: systemClock }), configs };
};

/** Throws who was still behind after the deadline. */
const untilCaughtUp = async (bus: Bus, slackEntries: number): Promise<void> => {
  const partitions = partitionsOf(bus, INSTRUMENTS);
  for (const givesUpAtMs = performance.now() + CAUGHT_UP_WITHIN_MS; ; await wait(CATCH_UP_POLL_MS)) {
    const behind = await patiently(() => readersBehind(bus, partitions, slackEntries));
    if (behind.length === 0) return;
    if (performance.now() < givesUpAtMs) continue;
    throw new SignalError('deadline_exceeded', `readers are behind the log after ${CAUGHT_UP_WITHIN_MS} ms: ${behind.join('; ')}`);
  }
};

const startMembers = async (roster: Roster, members: Members): Promise<void> => {
  const wanted = Object.entries(members).flatMap(([service, count]) => Array.from({ length: count }, () => service));
  await Promise.all(wanted.map((service) => roster.add(service)));
};

/** Earlier bars are loaded and read, and market time has passed the first minute everywhere: all that trade are under way. */
const begun = async ({ bus }: Parts, { from, speed }: Replay): Promise<readonly number[]> => {
  const openMs = Date.parse(`${from}T14:31:00Z`);
  const partitions = partitionsOf(bus, TRADED);
  const isUnderWay = (): Promise<boolean> => patiently(() => hasPassed(bus, partitions, openMs));
  await until(isUnderWay, { what: 'the replay begins', withinMs: BEGUN_WITHIN_MS });
  if (speed !== 'max') await untilCaughtUp(bus, SLACK_ENTRIES);
  return partitions;
};

const finish = async (parts: Parts, options: ReplayOptions): Promise<readonly string[]> => {
  const { roster, bus } = parts;
  const hasEnded = async (): Promise<boolean> => (await readFeed(roster))?.state === 'ended';
  await until(hasEnded, { what: 'the feed ends', withinMs: ENDS_WITHIN_MS });
  options.say('the feed has ended');
  await untilCaughtUp(bus, 0);
  const failures: string[] = [...roster.deaths()];
  for (const services of STOP_ORDER) failures.push(...(await roster.stop(services)));
  return failures;
};

const hurryOf =
  ({ configs, roster }: Parts, options: ReplayOptions) =>
  async (): Promise<void> => {
    if (options.replay.speed === 'max') return;
    for (const config of configs) config.set({ FEED_SPEED: 'max' });
    // A running ingest keeps its pace; one that starts now draws the others with it.
    const [oldest] = roster.readyOf('ingest');
    await roster.add('ingest');
    await oldest?.end('SIGTERM');
  };

/** Replays to the end and returns what came out. `close` of the result frees its database, which rows are compared in. */
export async function runReplay(options: ReplayOptions): Promise<Readonly<{ finished: FinishedReplay; close(): Promise<void> }>> {
  const startedAtMs = performance.now();
  const parts = await openParts(options);
  const { backends, recorder, roster, bus, configs } = parts;
  const closeAll = async (): Promise<void> => {
    await roster.killAll();
    await recorder.close();
    await bus.close();
    await Promise.all(configs.map((config) => config.close()));
    await backends.close();
  };
  try {
    await startMembers(roster, options.members);
    options.say(`${roster.all().length} members are ready`);
    const partitions = await begun(parts, options.replay);
    await options.during?.({ roster, backends, bus, partitions, hurry: hurryOf(parts, options) });
    const failures = await finish(parts, options);
    const log = await recorder.stop();
    const state = await patiently(() => readFinalState({ bus, s3Url: backends.objects.url, databaseUrl: backends.database.url }));
    const seconds = (performance.now() - startedAtMs) / 1_000;
    return { finished: { log, state, databaseUrl: backends.database.url, failures, seconds }, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
