import { jobPrelude } from './job-prelude.lua.ts';

/**
 * Cancels a job that is not finished. A worker that runs it is told with its next beat, and cannot settle it any more.
 * KEYS   as the prelude
 * ARGV   as the prelude · 7 id
 * Returns {its state now, 1 if this call cancelled it}; the state is '' for an unknown id.
 */
export const cancelJob = `${jobPrelude}
local id = ARGV[7]
local h = redis.call('HMGET', prefix .. id, 'state', 'lane', 'entry')
if not h[1] then return {'', 0} end
if h[1] == 'delayed' then
  redis.call('ZREM', delayed, id)
elseif h[1] == 'queued' or h[1] == 'running' then
  drop(tonumber(h[2]), h[3])
else
  return {h[1], 0}
end
redis.call('HDEL', prefix .. id, 'payload')
close(id, 'cancelled')
return {'cancelled', 1}
`;
