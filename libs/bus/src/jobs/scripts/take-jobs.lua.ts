import { jobPrelude } from './job-prelude.lua.ts';

/**
 * Hands jobs to a worker: first those whose worker was silent for the visibility timeout (XAUTOCLAIM), then new ones (XREADGROUP).
 * Delayed jobs that are due move into their lanes before.
 * KEYS   as the prelude
 * ARGV   as the prelude · 7 worker · 8 visibility timeout in ms · 9-11 jobs wanted of lane high, normal, low · 12-14 where to go on looking for
 *        abandoned jobs in each lane, '' = not now
 * Checks that an entry is still its job's, that the deadline is ahead and that an attempt is left; a job without is failed to the dead
 *        letters. The attempt is counted here, before anything runs, so that a job which kills its worker runs out of attempts too.
 * What a lane does not have is taken from the others, high first. Each delivery has a number, by which the job is settled.
 * Returns {jobs, places to go on looking, ms to the next delayed job or -1, newest id of each lane (only if fewer were there than wanted)};
 *        a job is {id, delivery, attempt, attempts at most, first and longest wait before a retry, ms to its deadline or '', timeout, payload}.
 */
export const takeJobs = `${jobPrelude}
local MOST_MOVED = 200
local worker, visibilityMs = ARGV[7], ARGV[8]
local jobs, places = {}, {ARGV[12], ARGV[13], ARGV[14]}
local room = ARGV[9] + ARGV[10] + ARGV[11]

local function begin(n, entry, id)
  local job = prefix .. id
  local h = redis.call('HMGET', job, 'state', 'entry', 'attempts', 'maxAttempts', 'deadlineMs', 'retryMs', 'retryMaxMs', 'timeoutMs', 'payload')
  if h[2] ~= entry or (h[1] ~= 'queued' and h[1] ~= 'running') then return drop(n, entry) end
  local delivery = redis.call('HINCRBY', job, 'delivery', 1)
  local leftMs = h[5] ~= '' and tonumber(h[5]) - now or nil
  if leftMs and leftMs <= 0 then
    drop(n, entry)
    return fail(id, 'deadline_exceeded', 'not begun by its deadline')
  end
  if tonumber(h[3]) >= tonumber(h[4]) then
    drop(n, entry)
    return fail(id, 'job_lost', 'its worker ended without an answer in the last of ' .. h[4] .. ' attempts')
  end
  local attempt = redis.call('HINCRBY', job, 'attempts', 1)
  redis.call('HSET', job, 'state', 'running', 'worker', worker, 'startedMs', now, 'progress', 0)
  jobs[#jobs + 1] = {id, delivery, attempt, tonumber(h[4]), tonumber(h[6]), tonumber(h[7]), leftMs and string.format('%.0f', leftMs) or '', tonumber(h[8]), h[9]}
end

local function beginAll(n, entries)
  for _, entry in ipairs(entries) do begin(n, entry[1], entry[2][2]) end
end

local function reclaim(n)
  local reply = redis.pcall('XAUTOCLAIM', laneKey(n), GROUP, worker, visibilityMs, places[n], 'COUNT', room - #jobs)
  -- Without its group a lane has nothing abandoned; reading makes the group.
  if reply.err then return end
  places[n] = reply[1]
  beginAll(n, reply[2])
end

local function read(n, count)
  if count <= 0 then return 0 end
  local reply = redis.pcall('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', count, 'STREAMS', laneKey(n), '>')
  if reply and reply.err then
    redis.call('XGROUP', 'CREATE', laneKey(n), GROUP, '0', 'MKSTREAM')
    reply = redis.call('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', count, 'STREAMS', laneKey(n), '>')
  end
  if not reply then return 0 end
  beginAll(n, reply[1][2])
  return #reply[1][2]
end

local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, MOST_MOVED)
for _, id in ipairs(due) do
  redis.call('ZREM', delayed, id)
  put(id)
end

for n = 1, 3 do
  if places[n] ~= '' and #jobs < room then reclaim(n) end
end
for n = 1, 3 do read(n, math.min(tonumber(ARGV[8 + n]), room - #jobs)) end
local last = {}
for n = 1, 3 do
  if #jobs < room then read(n, room - #jobs) end
end
if #jobs < room then
  for n = 1, 3 do
    -- A lane that nobody has written to yet is made here, so that its end can be waited at.
    if redis.call('EXISTS', laneKey(n)) == 0 then redis.call('XGROUP', 'CREATE', laneKey(n), GROUP, '0', 'MKSTREAM') end
    local info = redis.call('XINFO', 'STREAM', laneKey(n))
    for i = 1, #info, 2 do
      if info[i] == 'last-generated-id' then last[n] = info[i + 1] end
    end
  end
end
local next = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
local nextMs = next[2] and math.max(0, tonumber(next[2]) - now) or -1
return {jobs, places, nextMs, last}
`;
