import { jobPrelude } from './job-prelude.lua.ts';

/**
 * Says what became of a delivery of a job, and takes it out of its lane: XACK, XDEL and the new state in one.
 * KEYS   as the prelude
 * ARGV   as the prelude · 7 id · 8 number of the delivery · 9 'succeeded' | 'failed' | 'retry' | 'back' (its worker stops: the attempt does not count) ·
 *        10 the result, or the error in words · 11 code of the error · 12 ms before a retry
 * Checks that the delivery is the job's newest and that the job was not cancelled. A repeat of the same call, after a reply that was lost,
 *        changes nothing and answers as the first.
 * Returns {'succeeded' | 'failed' | 'delayed' | 'queued'}, the job's state now, or {'fenced', why}.
 */
export const settleJob = `${jobPrelude}
local id, outcome = ARGV[7], ARGV[9]
local job = prefix .. id
local h = redis.call('HMGET', job, 'state', 'delivery', 'lane', 'entry', 'attempts', 'maxAttempts', 'deadlineMs')
if h[2] ~= ARGV[8] then return {'fenced', 'delivery ' .. ARGV[8] .. ' of ' .. id .. ' is not the newest, ' .. tostring(h[2])} end
if h[1] == 'cancelled' then return {'fenced', id .. ' is cancelled'} end
if h[1] ~= 'running' then return {h[1]} end
drop(tonumber(h[3]), h[4])
if outcome == 'succeeded' then
  redis.call('HSET', job, 'result', ARGV[10], 'progress', 1)
  redis.call('HDEL', job, 'payload', 'code', 'error')
  close(id, 'succeeded')
  return {'succeeded'}
end
if outcome == 'back' then
  redis.call('HINCRBY', job, 'attempts', -1)
  put(id)
  return {'queued'}
end
local dueMs = now + tonumber(ARGV[12])
local isLate = h[7] ~= '' and dueMs >= tonumber(h[7])
if outcome == 'failed' or tonumber(h[5]) >= tonumber(h[6]) or isLate then
  fail(id, ARGV[11], ARGV[10])
  return {'failed'}
end
redis.call('ZADD', delayed, dueMs, id)
redis.call('HSET', job, 'state', 'delayed', 'dueMs', dueMs, 'code', ARGV[11], 'error', ARGV[10])
return {'delayed'}
`;
