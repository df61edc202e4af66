/**
 * Trims streams of one partition up to the lowest sequence that any registered reader within its budget still needs, never further.
 * KEYS   1 needed hash · 2 readers hash · 3 consumers hash · then the streams
 * ARGV   1 keep from this sequence on at most (of the log: its end) · 2 budget of the readers in ms, '' = do not judge them here ·
 *        3 bytes that may wait for a reader at most · 4 reader that is never dropped · 5 number of readers that must be registered ·
 *        then their names · then one topic name a stream
 * The minimum is taken here, in the same call as the trim, so that a reader cannot register in between. Time is the server's. A
 * reader's budget runs while something waits for it and it does not move; between two calls at most a minute counts, so that nobody is
 * judged by a time in which the log did not grow. A required reader that never registered counts as standing at 0.
 * A reader is its position; a consumer is its group's: the lowest pending id, else the last delivered one.
 * Returns { sequence kept from, then a flat list per judged reader: name, share of its budget, '' | 'time' | 'bytes' = dropped in this
 * call, '1' while it is dropped }.
 */
export const trim = `
local MOST_MS = 60000
local SAMPLES = 8
local MOST_ENTRY_BYTES = 1048576
local time = redis.call('TIME')
local nowMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local end_ = tonumber(ARGV[1])
local maxBytes = tonumber(ARGV[3])
local required = tonumber(ARGV[5])
local reply = { 0 }

local function sequence(id) return tonumber(string.match(id, '^(%d+)')) end

local function stateOf(name, position)
  local text = redis.call('HGET', KEYS[2], name)
  local at, used, lookedMs, droppedMs, drops
  if text then at, used, lookedMs, droppedMs, drops = string.match(text, '^(%S+) (%d+) (%d+) (%d+) (%d+) ') end
  if at == position then
    return { usedMs = tonumber(used), lookedMs = tonumber(lookedMs), droppedMs = tonumber(droppedMs), drops = tonumber(drops) }
  end
  -- It moved, or is new: its budget begins again.
  return { usedMs = 0, lookedMs = nowMs, droppedMs = 0, drops = tonumber(drops or '0') }
end

-- Mean bytes of an entry, of a few taken at even distances: what Redis itself estimates looks at the oldest alone.
local means = {}
local function meanBytes(stream, last)
  if means[stream] then return means[stream] end
  local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  local begin = first and sequence(first[1]) or last
  local bytes, count = 0, 0
  for i = 0, SAMPLES - 1 do
    local from = string.format('%.0f-0', begin + math.floor((last - begin) * i / SAMPLES))
    local entry = redis.call('XRANGE', stream, from, '+', 'COUNT', 1)[1]
    if entry then
      count = count + 1
      for _, value in ipairs(entry[2]) do bytes = bytes + #value end
    end
  end
  means[stream] = count == 0 and 0 or bytes / count
  return means[stream]
end

local function bytesAfter(stream, from, last)
  -- So few cannot be too many, however large they are.
  if (last - from) * MOST_ENTRY_BYTES <= maxBytes then return 0 end
  return math.min(last - from, redis.call('XLEN', stream)) * meanBytes(stream, last)
end

-- Counts what a reader used of its budget, drops it beyond, and returns whether it still holds the trim.
local function judge(r)
  local state = stateOf(r.name, r.position)
  local bytes = bytesAfter(r.stream, r.from, r.last)
  if r.last > r.from then state.usedMs = state.usedMs + math.max(0, math.min(MOST_MS, nowMs - state.lookedMs)) else state.usedMs = 0 end
  local why = ''
  if state.droppedMs == 0 and r.name ~= ARGV[4] then
    if state.usedMs >= r.budgetMs then why = 'time' elseif bytes > maxBytes then why = 'bytes' end
    if why ~= '' then
      state.droppedMs = nowMs
      state.drops = state.drops + 1
    end
  end
  local share = math.min(1, math.max(state.usedMs / r.budgetMs, bytes / maxBytes))
  local stored = string.format('%s %.0f %.0f %.0f %.0f %.4f', r.position, state.usedMs, nowMs, state.droppedMs, state.drops, share)
  redis.call('HSET', KEYS[2], r.name, stored)
  for _, value in ipairs({ r.name, string.format('%.4f', share), why, state.droppedMs > 0 and '1' or '' }) do table.insert(reply, value) end
  return state.droppedMs == 0
end

local needs = redis.call('HGETALL', KEYS[1])
for i = 6, 5 + required do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then
    table.insert(needs, ARGV[i])
    table.insert(needs, '0')
  end
end

local keep = end_
for i = 1, #needs, 2 do
  local name, position = needs[i], needs[i + 1]
  local need = tonumber(position)
  local holds
  if ARGV[2] ~= '' then
    holds = judge({ name = name, position = position, from = need, last = end_, stream = KEYS[4], budgetMs = tonumber(ARGV[2]) })
  else
    holds = stateOf(name, position).droppedMs == 0
  end
  -- The entry at the position itself stays: its id proves that nothing between was trimmed.
  if holds and need < keep then keep = need end
end
reply[1] = keep

-- Where a group stands: what is pending is not done.
local function groupPosition(stream, wanted)
  local groups = redis.pcall('XINFO', 'GROUPS', stream)
  if groups.err then return nil end
  for _, group in ipairs(groups) do
    local info = {}
    for i = 1, #group, 2 do info[group[i]] = group[i + 1] end
    if info['name'] == wanted then
      if info['pending'] > 0 then return redis.call('XPENDING', stream, wanted)[2] end
      return info['last-delivered-id']
    end
  end
  return nil
end

local consumers = redis.call('HGETALL', KEYS[3])
for k = 4, #KEYS do
  local stream, topic, from = KEYS[k], ARGV[5 + required + k - 3], keep
  for i = 1, #consumers, 2 do
    local of, group, budgetMs = string.match(consumers[i + 1], '^(%S+) (%S+) (%d+)$')
    local newest = of == topic and redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
    if newest then
      local position = groupPosition(stream, group) or '0-0'
      local need = sequence(position)
      local reader = { name = consumers[i], position = position, from = need, last = sequence(newest[1]), stream = stream, budgetMs = tonumber(budgetMs) }
      if judge(reader) and need < from then from = need end
    end
  end
  if from > 0 then redis.call('XTRIM', stream, 'MINID', '~', string.format('%.0f-0', from)) end
end
return reply
`;
