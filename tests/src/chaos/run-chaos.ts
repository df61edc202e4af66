import { compareRows } from '@signal/testing';
import type { ChaosOptions } from './chaos-options.ts';
import { type ChildProgram, startProgram } from './child-program.ts';
import { compareLogs } from './compare/compare-logs.ts';
import { compareStates } from './compare/compare-states.ts';
import { addCounts, type Counts, noCounts } from './compare/counts.ts';
import { drawFaults } from './faults/draw-faults.ts';
import { runFaults } from './faults/fault-loop.ts';
import type { Replay } from './fleet/settings.ts';
import type { ProxyMessage, ProxyOptions } from './proxy/main.ts';
import { type FinishedReplay, type RunningReplay, runReplay } from './run-replay.ts';
import { attributeGaps, type CarriedOut, type Silences } from './silence/attribute.ts';
import type { Watched } from './silence/gap.ts';
import type { WatchOptions } from './silence/main.ts';

/** What a chaos run found. */
export type ChaosResult = Readonly<{
  options: ChaosOptions;
  done: readonly CarriedOut[];
  silences: Silences;
  counts: Counts;
  statesCompared: number;
  statesMissing: number;
  /** What the proxy did to writes. */
  meddled: Readonly<Record<string, number>>;
  failedStarts: number;
  /** Members that used up a budget and were replaced. */
  exhausted: number;
  failures: readonly string[];
  referenceSeconds: number;
  seconds: number;
}>;

const SESSION_S = 23_400;
const HALF_SESSION_S = 12_600;
const HALF_DAY = '2018-12-24';
/** Sessions of a longer replay, in order. */
const SESSIONS = ['2018-12-17', '2018-12-18', '2018-12-19', '2018-12-20', '2018-12-21'] as const;
/** Faults may take longer than planned by this much. */
const SPARE = 1.2;
const SETTLING_S = 15;
const PER_MILLE = { duplicate: 20, delay: 10, 'lose-reply': 2 };

/** A stretch that lasts as long as the faults may take: half a day, or as many sessions as it needs. */
const replayFor = ({ kills, everyMs, leaseTtlMs, speed }: ChaosOptions): Replay => {
  const eventS = ((SPARE * kills * everyMs) / 1_000 + SETTLING_S) * speed;
  const common = { speed: String(speed), leaseTtlMs };
  if (eventS <= HALF_SESSION_S) return { ...common, from: HALF_DAY, to: HALF_DAY };
  const sessions = Math.min(SESSIONS.length, Math.ceil(eventS / SESSION_S));
  return { ...common, from: SESSIONS[0], to: SESSIONS[sessions - 1] ?? SESSIONS[0] };
};

type Disturbed = {
  done: readonly CarriedOut[];
  watched: Watched;
  meddled: Readonly<Record<string, number>>;
  failures: string[];
  failedStarts: number;
  exhausted: number;
  say(words: string): void;
};

const disturb = async (running: RunningReplay, options: ChaosOptions, into: Disturbed): Promise<void> => {
  const services = Object.keys(options.members);
  const watchOptions: WatchOptions = {
    redisUrl: running.backends.redis.url,
    services: services.filter((service) => service !== 'gateway'),
    partitions: running.partitions,
  };
  const { program: watch } = await startProgram('silence/main.ts', watchOptions);
  try {
    const deps = {
      ...running,
      redis: running.backends.redis,
      leaseTtlMs: options.leaseTtlMs,
      say: (words: string) => into.say(words),
      leastOf: (service: string) => options.members[service] ?? 1,
      failed: (words: string) => void into.failures.push(words),
    };
    into.done = await runFaults(deps, drawFaults({ ...options, services }), services);
    into.watched = (await watch.ask('report')) as Watched;
    into.failedStarts = running.roster.failedStarts();
    into.exhausted = running.roster.exhausted();
  } finally {
    await watch.stop();
  }
  into.say('the last fault is over');
  await running.hurry();
};

const compareRuns = async (
  undisturbed: FinishedReplay,
  disturbed: FinishedReplay,
): Promise<Pick<ChaosResult, 'counts' | 'statesCompared' | 'statesMissing'>> => {
  const counts = noCounts();
  addCounts(counts, compareLogs(undisturbed.log, disturbed.log));
  addCounts(counts, await compareRows(undisturbed.databaseUrl, disturbed.databaseUrl, { ids: true }));
  const { counts: ofStates, ...states } = compareStates(undisturbed.state, disturbed.state);
  addCounts(counts, ofStates);
  return { counts, ...states };
};

/** Replays the same days undisturbed and disturbed, and compares all that came out. `say` tells how far it is. */
export async function runChaos(options: ChaosOptions, say: (words: string) => void): Promise<ChaosResult> {
  const startedAtMs = performance.now();
  const replay = replayFor(options);
  const common = { partitions: options.partitions, say };
  const alone = Object.fromEntries(Object.keys(options.members).map((service) => [service, 1]));
  say(`undisturbed run of ${replay.from} to ${replay.to}`);
  const undisturbed = await runReplay({ ...common, replay: { ...replay, speed: 'max', leaseTtlMs: 2_000 }, members: alone });
  say(`undisturbed run took ${Math.round(undisturbed.finished.seconds)} s`);
  const into: Disturbed = { done: [], watched: { gaps: [], changes: [] }, meddled: {}, failures: [], failedStarts: 0, exhausted: 0, say };
  let proxy: ChildProgram | undefined;
  const openProxy = async (redisUrl: string): Promise<string> => {
    const proxyOptions: ProxyOptions = { redisUrl, seed: options.seed, perMille: PER_MILLE };
    const { program, first } = await startProgram('proxy/main.ts', proxyOptions);
    proxy = program;
    return `redis://127.0.0.1:${(first as { port: number }).port}`;
  };
  const during = async (running: RunningReplay): Promise<void> => {
    await disturb(running, options, into);
    into.meddled = ((await proxy?.ask('report')) as Extract<ProxyMessage, { counts: unknown }> | undefined)?.counts ?? {};
  };
  try {
    const disturbed = await runReplay({ ...common, replay, members: options.members, proxy: openProxy, during });
    try {
      const compared = await compareRuns(undisturbed.finished, disturbed.finished);
      return {
        options,
        done: into.done,
        silences: attributeGaps(into.watched, into.done),
        ...compared,
        meddled: into.meddled,
        failedStarts: into.failedStarts,
        exhausted: into.exhausted,
        failures: [...undisturbed.finished.failures, ...into.failures, ...disturbed.finished.failures],
        referenceSeconds: undisturbed.finished.seconds,
        seconds: (performance.now() - startedAtMs) / 1_000,
      };
    } finally {
      await disturbed.close();
    }
  } finally {
    await proxy?.stop();
    await undisturbed.close();
  }
}
