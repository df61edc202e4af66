import { jobPrelude } from './job-prelude.lua.ts';

/**
 * Takes a job into its queue, unless its id is known already or the queue is full.
 * KEYS   as the prelude · 7 hash of the job
 * ARGV   as the prelude · 7 jobs queued, delayed and running at most · 8 id · 9 lane 1-3 · 10 delay in ms · 11 payload · 12 attempts at most ·
 *        13 first and 14 longest wait before a retry in ms · 15 ms to its deadline, '' = none · 16 ms that one attempt may take
 * Writes the job's hash, and the id into its lane or, with a delay, into the delayed jobs.
 * Returns {'queued' | 'delayed' | 'duplicate' | 'overloaded', state of the known job, or how many jobs there are}.
 */
export const enqueueJob = `${jobPrelude}
local known = redis.call('HGET', KEYS[7], 'state')
if known then return {'duplicate', known} end
local jobs = depth()
if jobs >= tonumber(ARGV[7]) then return {'overloaded', tostring(jobs)} end
local id, delayMs = ARGV[8], tonumber(ARGV[10])
redis.call('HSET', KEYS[7], 'lane', ARGV[9], 'payload', ARGV[11], 'attempts', 0, 'maxAttempts', ARGV[12], 'retryMs', ARGV[13],
  'retryMaxMs', ARGV[14], 'deadlineMs', ARGV[15] == '' and '' or now + tonumber(ARGV[15]), 'timeoutMs', ARGV[16],
  'delivery', 0, 'createdMs', now)
if delayMs > 0 then
  redis.call('ZADD', delayed, now + delayMs, id)
  redis.call('HSET', KEYS[7], 'state', 'delayed', 'dueMs', now + delayMs)
  return {'delayed', ''}
end
put(id)
return {'queued', ''}
`;
