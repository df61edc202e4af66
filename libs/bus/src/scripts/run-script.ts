import type { RedisClient } from '../redis/redis-client.ts';
import { discardLetter } from '../dead-letters/scripts/discard-letter.lua.ts';
import { replayLetter } from '../dead-letters/scripts/replay-letter.lua.ts';
import { beatJobs } from '../jobs/scripts/beat-jobs.lua.ts';
import { cancelJob } from '../jobs/scripts/cancel-job.lua.ts';
import { countJobs } from '../jobs/scripts/count-jobs.lua.ts';
import { enqueueJob } from '../jobs/scripts/enqueue-job.lua.ts';
import { replayJob } from '../jobs/scripts/replay-job.lua.ts';
import { settleJob } from '../jobs/scripts/settle-job.lua.ts';
import { takeJobs } from '../jobs/scripts/take-jobs.lua.ts';
import { acquireLeases } from './acquire-leases.lua.ts';
import { commit } from './commit.lua.ts';
import { discardSnapshot } from './discard-snapshot.lua.ts';
import { dropField } from './drop-field.lua.ts';
import { followPlan } from './follow-plan.lua.ts';
import { heartbeat } from './heartbeat.lua.ts';
import { registerConsumer } from './register-consumer.lua.ts';
import { releaseLeases } from './release-leases.lua.ts';
import { renewLeases } from './renew-leases.lua.ts';
import { saveSnapshot } from './save-snapshot.lua.ts';
import { slowestReader } from './slowest-reader.lua.ts';
import { storePlan } from './store-plan.lua.ts';
import { trim } from './trim.lua.ts';

const jobScripts = { beatJobs, cancelJob, countJobs, enqueueJob, replayJob, settleJob, takeJobs };
const scripts = {
  acquireLeases,
  commit,
  discardSnapshot,
  heartbeat,
  releaseLeases,
  renewLeases,
  saveSnapshot,
  trim,
  dropField,
  followPlan,
  storePlan,
  registerConsumer,
  slowestReader,
  discardLetter,
  replayLetter,
  ...jobScripts,
} as const;
/** Name of a script. */
export type ScriptName = keyof typeof scripts;

/** Keys and arguments of a script. */
export type ScriptCall = Readonly<{ keys: readonly string[]; args: readonly (string | number | Buffer)[] }>;

type ScriptCommand = (numberOfKeys: number, args: readonly (string | number | Buffer)[]) => Promise<unknown>;

const commandName = (name: ScriptName): string => `signal_${name}`;

/** Runs a script by its hash; its text goes over a connection once. */
export async function runScript(redis: RedisClient, name: ScriptName, call: ScriptCall): Promise<unknown> {
  const commands = redis as unknown as Record<string, ScriptCommand | undefined>;
  if (commands[commandName(name)] === undefined) redis.defineCommand(commandName(name), { lua: scripts[name] });
  // One array, flattened by the client: a commit has more arguments than a call may spread.
  return commands[commandName(name)]?.(call.keys.length, [...call.keys, ...call.args]);
}
