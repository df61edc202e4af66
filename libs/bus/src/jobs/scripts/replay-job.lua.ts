import { jobPrelude } from './job-prelude.lua.ts';

/**
 * Puts a failed job back into its lane with all its attempts, and takes its letter out of the dead letters.
 * KEYS   as the prelude
 * ARGV   as the prelude · 7 jobs queued, delayed and running at most · 8 id
 * A deadline that has passed is lifted: whoever replays a job wants it done.
 * Returns {'queued'}, {'overloaded', jobs}, or {'refused', its state, '' for an unknown id}.
 */
export const replayJob = `${jobPrelude}
local id = ARGV[8]
local job = prefix .. id
local h = redis.call('HMGET', job, 'state', 'letter')
if h[1] ~= 'failed' then return {'refused', h[1] or ''} end
local jobs = depth()
if jobs >= tonumber(ARGV[7]) then return {'overloaded', tostring(jobs)} end
redis.call('PERSIST', job)
redis.call('HSET', job, 'attempts', 0, 'deadlineMs', '')
redis.call('HDEL', job, 'letter', 'finishedMs')
if h[2] then redis.call('XDEL', dead, h[2]) end
put(id)
return {'queued'}
`;
