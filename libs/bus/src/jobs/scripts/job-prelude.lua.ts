/**
 * What every script of a job queue begins with: names for its keys and the moves that several of them make.
 *
 * KEYS   1 delayed jobs (sorted set by due time) · 2 dead letters (stream) · 3 finished jobs (list) · 4-6 lanes high, normal, low (streams)
 * ARGV   1 ms added to the server's clock · 2 what names of job hashes begin with · 3 ms that a finished job is kept · 4 ms that a failed one
 *        is kept · 5 finished jobs kept at most · 6 dead letters kept at most
 * A job's hash is named by the second argument and its id, and so lies in the slot of the keys.
 */
export const jobPrelude = `
local GROUP = 'workers'
local delayed, dead, finished = KEYS[1], KEYS[2], KEYS[3]
local prefix = ARGV[2]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[1])

local function laneKey(n) return KEYS[3 + n] end

local function depth()
  local sum = redis.call('ZCARD', delayed)
  for n = 1, 3 do sum = sum + redis.call('XLEN', laneKey(n)) end
  return sum
end

-- Puts a job at the end of its lane.
local function put(id)
  local job = prefix .. id
  local entry = redis.call('XADD', laneKey(tonumber(redis.call('HGET', job, 'lane'))), '*', 'job', id)
  redis.call('HSET', job, 'state', 'queued', 'entry', entry)
end

-- Takes an entry out of its lane; the pending list may not know it after a flush.
local function drop(n, entry)
  redis.call('XACK', laneKey(n), GROUP, entry)
  redis.call('XDEL', laneKey(n), entry)
end

-- Ends a job. Its hash stays for a while, so that its id is known again and its outcome can be read.
local function close(id, state)
  local job = prefix .. id
  redis.call('HSET', job, 'state', state, 'finishedMs', now)
  redis.call('PEXPIRE', job, state == 'failed' and ARGV[4] or ARGV[3])
  redis.call('RPUSH', finished, string.format('%.0f ', now) .. id)
  while redis.call('LLEN', finished) > tonumber(ARGV[5]) do
    local ms, oldest = string.match(redis.call('LPOP', finished), '^(%d+) (.*)$')
    -- An id that was used anew since has another end, or none yet.
    if redis.call('HGET', prefix .. oldest, 'finishedMs') == ms then redis.call('DEL', prefix .. oldest) end
  end
end

local function fail(id, code, text)
  local job = prefix .. id
  local attempts = redis.call('HGET', job, 'attempts')
  local letter = redis.call('XADD', dead, 'MAXLEN', '~', ARGV[6], '*', 'job', id, 'code', code, 'error', text, 'attempts', attempts)
  redis.call('HSET', job, 'code', code, 'error', text, 'letter', letter)
  close(id, 'failed')
end
`;
