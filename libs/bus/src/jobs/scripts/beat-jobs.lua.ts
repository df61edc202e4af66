import { jobPrelude } from './job-prelude.lua.ts';

/**
 * Says that a worker still works on jobs: each of them stays invisible to others for another visibility timeout.
 * KEYS   as the prelude
 * ARGV   as the prelude · 7 worker · then per job: id, number of the delivery, progress
 * Writes the progress, and sets the idle time of the entry back (XCLAIM … JUSTID) where the delivery is still the newest.
 * Returns per job '' or why it is to be given up: 'cancelled' or 'lost'.
 */
export const beatJobs = `${jobPrelude}
local out = {}
for i = 8, #ARGV, 3 do
  local job = prefix .. ARGV[i]
  local h = redis.call('HMGET', job, 'state', 'delivery', 'lane', 'entry')
  if h[1] == 'running' and h[2] == ARGV[i + 1] then
    redis.call('XCLAIM', laneKey(tonumber(h[3])), GROUP, ARGV[7], 0, h[4], 'JUSTID')
    redis.call('HSET', job, 'progress', ARGV[i + 2])
    out[#out + 1] = ''
  else
    out[#out + 1] = h[1] == 'cancelled' and 'cancelled' or 'lost'
  end
end
return out
`;
