import { type Keys, murmur3 } from '@signal/contracts';
import type { ScriptCall } from '../scripts/run-script.ts';
import { jobLanes } from './job.ts';
import type { QueueSettings } from './job-options.ts';

type Argument = string | number;

/** One hash slot's part of a queue: all its keys carry one hash tag. */
export interface JobShard {
  readonly index: number;
  /** Streams of the lanes, in their order. */
  readonly lanes: readonly string[];
  readonly deadLetters: string;
  /** Jobs at most. */
  readonly maxJobs: number;
  jobKey(id: string): string;
  /** Returns the call of a queue's script with what all of them begin with. */
  call(args: readonly Argument[], extraKeys?: readonly string[]): ScriptCall;
}

/** Returns the shards of a queue. */
export function jobShards(keys: Keys, settings: QueueSettings): readonly JobShard[] {
  return Array.from({ length: settings.shards }, (_, index) => shardOf(keys, settings, index));
}

/** Returns the shard that holds a job. */
export function shardFor(shards: readonly JobShard[], id: string): JobShard {
  return shards[murmur3(id) % shards.length] as JobShard;
}

function shardOf(keys: Keys, settings: QueueSettings, index: number): JobShard {
  const tag = settings.shards === 1 ? settings.name : `${settings.name}/${index}`;
  const lanes = jobLanes.map((lane) => keys.jobs(tag, lane));
  const deadLetters = keys.jobs(tag, 'dead');
  const shared = [keys.jobs(tag, 'delayed'), deadLetters, keys.jobs(tag, 'finished'), ...lanes];
  const part = (most: number): number => Math.ceil(most / settings.shards);
  const prefix = keys.jobs(tag, 'job:');
  const kept = [settings.keepMs, settings.keepFailedMs, part(settings.keepJobs), part(settings.keepLetters)];
  return {
    index,
    lanes,
    deadLetters,
    maxJobs: part(settings.maxJobs),
    jobKey: (id) => prefix + id,
    call: (args, extraKeys = []) => ({ keys: [...shared, ...extraKeys], args: [settings.clockOffsetMs(), prefix, ...kept, ...args] }),
  };
}
