import type { ErrorCode } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import type { Job, JobLetter, JobState } from './job.ts';
import { jobLanes } from './job.ts';
import type { JobShard } from './job-shards.ts';

const timeOf = (text: string | undefined): number | null => (text === undefined || text === '' ? null : Number(text));

/** Returns what a shard knows of a job; undefined when it never was or is forgotten. */
export async function readJob(bus: Bus, shard: JobShard, id: string): Promise<Job | undefined> {
  const hash = await bus.redis.hgetall(shard.jobKey(id));
  if (hash['state'] === undefined) return undefined;
  const { code, result } = hash;
  return {
    id,
    state: hash['state'] as JobState,
    lane: jobLanes[Number(hash['lane']) - 1] ?? 'normal',
    attempts: Number(hash['attempts']),
    maxAttempts: Number(hash['maxAttempts']),
    progress: Number(hash['progress'] ?? 0),
    createdMs: Number(hash['createdMs']),
    dueMs: timeOf(hash['dueMs']),
    startedMs: timeOf(hash['startedMs']),
    finishedMs: timeOf(hash['finishedMs']),
    error: code === undefined || code === '' ? null : { code: code as ErrorCode, message: hash['error'] ?? '' },
    result: result === undefined || result === '' ? null : (JSON.parse(result) as unknown),
  };
}

/** Returns the newest dead letters of a shard, newest first. */
export async function readJobLetters(bus: Bus, shard: JobShard, count: number): Promise<readonly JobLetter[]> {
  const entries = await bus.redis.xrevrange(shard.deadLetters, '+', '-', 'COUNT', count);
  return entries.map(([id, flat]) => {
    const fields = new Map(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? '']));
    return {
      job: fields.get('job') ?? '',
      code: (fields.get('code') ?? 'job_failed') as ErrorCode,
      error: fields.get('error') ?? '',
      attempts: Number(fields.get('attempts')),
      failedMs: Number.parseInt(id, 10),
    };
  });
}
