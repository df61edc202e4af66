import { jobPrelude } from './job-prelude.lua.ts';

/**
 * Counts the jobs of a queue, and forgets workers that are gone.
 * KEYS   as the prelude
 * ARGV   as the prelude · 7 ms of silence after which a worker without a job is forgotten, '' = none is
 * Entries of a lane that are not pending wait. XGROUP DELCONSUMER would drop what is pending, so it is for those without alone.
 * Returns {per lane {waiting, running, ms that the oldest waits}, delayed, dead letters}.
 */
export const countJobs = `${jobPrelude}
local serverMs = t[1] * 1000 + math.floor(t[2] / 1000)

local function pairsOf(flat)
  local pairs = {}
  for i = 1, #flat, 2 do pairs[flat[i]] = flat[i + 1] end
  return pairs
end

local function forget(n)
  for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', laneKey(n), GROUP)) do
    local consumer = pairsOf(flat)
    if consumer.pending == 0 and consumer.idle >= tonumber(ARGV[7]) then redis.call('XGROUP', 'DELCONSUMER', laneKey(n), GROUP, consumer.name) end
  end
end

local function count(n)
  local length = redis.call('XLEN', laneKey(n))
  local pending, from = 0, '-'
  local groups = redis.pcall('XINFO', 'GROUPS', laneKey(n))
  if not groups.err and groups[1] then
    local group = pairsOf(groups[1])
    pending, from = group.pending, '(' .. group['last-delivered-id']
    if ARGV[7] ~= '' then forget(n) end
  end
  local oldest = redis.call('XRANGE', laneKey(n), from, '+', 'COUNT', 1)[1]
  local ageMs = oldest and math.max(0, serverMs - tonumber(string.match(oldest[1], '^%d+'))) or 0
  return {length - pending, pending, ageMs}
end

return {{count(1), count(2), count(3)}, redis.call('ZCARD', delayed), redis.call('XLEN', dead)}
`;
