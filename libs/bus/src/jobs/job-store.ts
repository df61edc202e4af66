import { SignalError } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { runScript, type ScriptName } from '../scripts/run-script.ts';
import type { JobState, QueueCount } from './job.ts';
import { jobLanes } from './job.ts';
import type { CheckedJob, QueueSettings } from './job-options.ts';
import type { JobShard } from './job-shards.ts';
import type { Turns } from './lane-turns.ts';

/** A job as it was handed out: `delivery` is the number by which it is settled. */
export type TakenJob = Readonly<{
  id: string;
  delivery: number;
  attempt: number;
  maxAttempts: number;
  baseMs: number;
  maxMs: number;
  /** Absent without a deadline. */
  deadlineInMs: number | undefined;
  timeoutMs: number;
  payload: unknown;
}>;

/** What a take brought. `lastIds`, by lane's stream, is there if fewer jobs were waiting than wanted: news come after these. */
export type Taken = Readonly<{
  jobs: readonly TakenJob[];
  places: readonly string[];
  nextDueInMs: number | undefined;
  lastIds: ReadonlyMap<string, string> | undefined;
}>;

/** What a worker says of a delivery. */
export type Settlement = Readonly<
  { outcome: 'succeeded'; text: string } | { outcome: 'failed' | 'retry'; text: string; code: string; delayMs: number } | { outcome: 'back' }
>;

/** What became of a settlement: the job's state, or why it was refused. */
export type Settled = Readonly<{ state: JobState } | { fenced: string }>;

/** What a worker says of a running job. */
export type Beat = Readonly<{ id: string; delivery: number; progress: number }>;

/** Where nothing is looked for, per lane. */
export const NO_PLACES: readonly string[] = ['', '', ''];
/** Where looking for abandoned jobs begins, per lane. */
export const FIRST_PLACES: readonly string[] = ['0-0', '0-0', '0-0'];

/** The scripts of one shard of a queue, with their arguments and replies as types. */
export interface JobStore {
  readonly shard: JobShard;
  enqueue(job: CheckedJob): Promise<Readonly<{ outcome: string; detail: string }>>;
  take(wish: Readonly<{ worker: string; turns: Turns; places: readonly string[] }>): Promise<Taken>;
  settle(job: Readonly<{ id: string; delivery: number }>, settlement: Settlement): Promise<Settled>;
  beat(worker: string, beats: readonly Beat[]): Promise<readonly ('' | 'cancelled' | 'lost')[]>;
  cancel(id: string): Promise<Readonly<{ state: JobState | ''; isNew: boolean }>>;
  replay(id: string): Promise<Readonly<{ outcome: string; detail: string }>>;
  /** `forgetAfterMs`: workers without a job that were silent for so long are forgotten. */
  count(forgetAfterMs?: number): Promise<QueueCount>;
}

/** Returns the store of a shard. */
export function createJobStore(bus: Bus, settings: QueueSettings, shard: JobShard): JobStore {
  const run = async (name: ScriptName, args: readonly (string | number)[], keys: readonly string[] = []): Promise<readonly unknown[]> => {
    const reply = await runScript(bus.redis, name, shard.call(args, keys));
    if (Array.isArray(reply)) return reply;
    throw new SignalError('redis_failed', `${name} of ${settings.name} was answered with ${String(reply).slice(0, 80)}`);
  };
  return {
    shard,
    enqueue: async (job) => {
      const lane = jobLanes.indexOf(job.lane) + 1;
      const limits = [job.attempts, job.baseMs, job.maxMs, job.deadlineMs ?? '', job.timeoutMs];
      return said(await run('enqueueJob', [shard.maxJobs, job.id, lane, job.delayMs, job.payload, ...limits], [shard.jobKey(job.id)]));
    },
    take: async ({ worker, turns, places }) => takenOf(shard, await run('takeJobs', [worker, settings.visibilityMs, ...turns, ...places])),
    settle: async ({ id, delivery }, settlement) => {
      const { outcome, detail } = said(await run('settleJob', [id, delivery, ...settlementArguments(settlement)]));
      return outcome === 'fenced' ? { fenced: detail } : { state: outcome as JobState };
    },
    beat: async (worker, beats) => {
      const args = beats.flatMap(({ id, delivery, progress }) => [id, delivery, progress]);
      return (await run('beatJobs', [worker, ...args])).map((reply) => String(reply) as '' | 'cancelled' | 'lost');
    },
    cancel: async (id) => {
      const [state, isNew] = await run('cancelJob', [id]);
      return { state: String(state) as JobState | '', isNew: isNew === 1 };
    },
    replay: async (id) => said(await run('replayJob', [shard.maxJobs, id])),
    count: async (forgetAfterMs) => countOf(await run('countJobs', [forgetAfterMs ?? ''])),
  };
}

function said(reply: readonly unknown[]): Readonly<{ outcome: string; detail: string }> {
  const [outcome, detail = ''] = reply as readonly [string, string?];
  return { outcome, detail };
}

function settlementArguments(settlement: Settlement): readonly (string | number)[] {
  if (settlement.outcome === 'succeeded') return ['succeeded', settlement.text, '', 0];
  if (settlement.outcome === 'back') return ['back', '', '', 0];
  return [settlement.outcome, settlement.text, settlement.code, settlement.delayMs];
}

type RawJob = readonly [string, number, number, number, number, number, string, number, string];

function takenOf(shard: JobShard, reply: readonly unknown[]): Taken {
  const [raws, places, nextMs, last] = reply as [readonly RawJob[], readonly string[], number, readonly string[]];
  const jobs = raws.map(([id, delivery, attempt, maxAttempts, baseMs, maxMs, deadline, timeoutMs, payload]): TakenJob => ({
    id,
    delivery,
    attempt,
    maxAttempts,
    baseMs,
    maxMs,
    deadlineInMs: deadline === '' ? undefined : Number(deadline),
    timeoutMs,
    payload: JSON.parse(payload) as unknown,
  }));
  const lastIds = last.length === 0 ? undefined : new Map(shard.lanes.map((lane, index) => [lane, last[index] ?? '0-0']));
  return { jobs, places, nextDueInMs: nextMs < 0 ? undefined : nextMs, lastIds };
}

function countOf(reply: readonly unknown[]): QueueCount {
  const [lanes, delayed, deadLetters] = reply as [readonly (readonly [number, number, number])[], number, number];
  const lane = (index: number) => {
    const [waiting, running, oldestMs] = lanes[index] ?? [0, 0, 0];
    return { waiting, running, oldestMs };
  };
  return { lanes: { high: lane(0), normal: lane(1), low: lane(2) }, delayed, deadLetters };
}
