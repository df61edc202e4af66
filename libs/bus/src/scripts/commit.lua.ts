/**
 * Commits what the owner of partitions in one slot made of a batch: outputs, position, latest values, group and dead letters, or nothing.
 * Lua does not roll back, so for each partition every check comes before the first write; a partition that fails one is not written
 * at all, and the others are.
 *
 * ARGV   1 number of partitions · 2 bound of an entry in bytes · 3 bound of a position field in bytes, then per partition
 *        member, nonce, epoch
 *        c, then c × field of the position hash, then c × value it must have ('' = absent)
 *        s, then s × (field of the position hash, new value)
 *        group ('' = none), its id, its ENTRIESREAD
 *        o topics, then per topic: its name, the id before its first entry
 *          r, then r × run of entries of one form: e, bytes of its shared values, f, then f × (field, 's' value | 'o'), own values v,
 *            then e × (id, v × value); 'o' = each entry has its own; an id without '-' is that of chunk 0
 *          l, then l × (latest field, value); r, then r × latest field to remove
 *        d, then d × (f, f × (field, value)) dead letters; dead letters kept at most
 * KEYS   per partition: lease, position, stream of the group, dead letters, then per topic: stream, latest values
 * Checks lease (member, nonce, epoch, not given up), position, each output's id above the one before it, the first one's prev equal to the
 *        last id of its topic, the group's id, sizes and types. An expired lease that nobody took still passes: it excludes all others.
 * Writes XADD of outputs, each naming the one before, HSET of position and latest values, HDEL of latest values, XADD of dead letters,
 *        XGROUP SETID … ENTRIESREAD (the group is made if it is missing).
 * Returns per partition '' or the failed check: 'fenced …', 'cursor_moved …', 'commit_refused …'.
 *
 * How the last id of a topic is known: XINFO STREAM tells it, and copies the first and the last entry, which Lua hashes byte by byte.
 * So each commit leaves it in the position ('last:<topic>'), and the next believes it where the owner says the same and XREAD finds no
 * entry above it; where not, XINFO decides. One thing XREAD cannot see: a greater id whose entry somebody removed. The first XADD of a
 * topic then fails, the id is set back, which no entry forbids, and the XADD repeated.
 * Why the group is not looked up: after the checks of its stream's type and of its id, SETID fails only where the group is missing, and
 * CREATE then cannot. Why a later write does not fail for want of memory: Redis asks only before the first one of a script.
 */
export const commit = `
local call, pcall, unpack, tonumber = redis.call, redis.pcall, unpack, tonumber
local ARGV, KEYS = ARGV, KEYS
local at, key = 4, 1
local entryBound, fieldBound = tonumber(ARGV[2]), tonumber(ARGV[3])

local function take() at = at + 1; return ARGV[at - 1] end
local function takeNumber() at = at + 1; return tonumber(ARGV[at - 1]) end
local function takeKey() key = key + 1; return KEYS[key - 1] end
local function takeRange(count) at = at + count; return {at - count, at - 1} end

local function typeIs(name, want)
  local is = call('TYPE', name).ok
  return is == 'none' or is == want
end

local function isEmpty(range) return range[1] > range[2] end

local function readRun()
  local run = {count = takeNumber(), sharedBytes = takeNumber(), form = {'XADD', '', '', 'prev', ''}, slots = {}}
  local form, slots = run.form, run.slots
  for i = 1, takeNumber() do
    form[#form + 1] = take()
    if take() == 's' then form[#form + 1] = take() else form[#form + 1] = ''; slots[#slots + 1] = #form end
  end
  run.first = at
  at = at + run.count * (1 + #slots)
  return run
end

local function readTopic()
  local topic = {stream = takeKey(), latest = takeKey(), name = take(), prev = take(), runs = {}}
  for i = 1, takeNumber() do topic.runs[i] = readRun() end
  topic.values = takeRange(2 * takeNumber())
  topic.removed = takeRange(takeNumber())
  return topic
end

local function readPartition()
  local p = {lease = takeKey(), position = takeKey(), groupStream = takeKey(), dead = takeKey(), topics = {}, letters = {}}
  p.member, p.nonce, p.epoch = take(), take(), take()
  local checks = takeNumber()
  p.checkedFields, p.checkedValues = takeRange(checks), takeRange(checks)
  p.sets = takeRange(2 * takeNumber())
  p.group, p.groupId, p.entriesRead = take(), take(), take()
  for i = 1, takeNumber() do p.topics[i] = readTopic() end
  for i = 1, takeNumber() do p.letters[i] = takeRange(2 * takeNumber()) end
  p.lettersKept = take()
  return p
end

local function checkOwner(p)
  local held = call('HMGET', p.lease, 'member', 'nonce', 'epoch', 'free')
  if held[1] ~= p.member or held[2] ~= p.nonce or held[3] ~= p.epoch or held[4] == '1' then
    return 'fenced lease of ' .. tostring(held[1]) .. ' epoch ' .. tostring(held[3]) .. ', not of ' .. p.member .. ' epoch ' .. p.epoch
  end
  local fields = {unpack(ARGV, p.checkedFields[1], p.checkedFields[2])}
  local checked = #fields
  for _, topic in ipairs(p.topics) do fields[#fields + 1] = 'last:' .. topic.name end
  local stored = #fields > 0 and call('HMGET', p.position, unpack(fields)) or {}
  for i = 1, checked do
    local want = ARGV[p.checkedValues[1] + i - 1]
    if (stored[i] or '') ~= want then return 'cursor_moved ' .. fields[i] .. ' is "' .. (stored[i] or '') .. '", expected "' .. want .. '"' end
  end
  for i, topic in ipairs(p.topics) do topic.stored = stored[checked + i] end
end

local function askedLastId(stream)
  local info = pcall('XINFO', 'STREAM', stream)
  if info.err then return string.find(info.err, 'no such key', 1, true) and '0-0' or nil end
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1] end
  end
end

local function checkPrev(topic)
  if topic.stored == topic.prev and not pcall('XREAD', 'COUNT', '1', 'STREAMS', topic.stream, topic.prev) then return nil end
  local last = askedLastId(topic.stream)
  if not last then return 'commit_refused ' .. topic.stream .. ' is not a stream' end
  if last ~= topic.prev then
    return 'commit_refused prev ' .. topic.prev .. ' of ' .. ARGV[topic.runs[1].first] .. ' in ' .. topic.stream .. ' is not ' .. last
  end
end

local function partsOf(id)
  local n = tonumber(id)
  if n then return n % 1 == 0 and n or nil, 0 end
  local main, chunk = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(main), tonumber(chunk)
end

local function checkTopic(topic)
  if not (isEmpty(topic.values) and isEmpty(topic.removed)) and not typeIs(topic.latest, 'hash') then
    return 'commit_refused ' .. topic.latest .. ' is not a hash'
  end
  if #topic.runs == 0 then return nil end
  local lastN, lastChunk = partsOf(topic.prev)
  for _, run in ipairs(topic.runs) do
    local i, own = run.first, #run.slots
    for j = 1, run.count do
      local n, chunk = tonumber(ARGV[i]), 0
      if not n or n % 1 ~= 0 then n, chunk = partsOf(ARGV[i]) end
      if not n or n < lastN or (n == lastN and chunk <= lastChunk) then
        return 'commit_refused id ' .. ARGV[i] .. ' of ' .. topic.stream .. ' is not above ' .. lastN .. '-' .. lastChunk
      end
      lastN, lastChunk = n, chunk
      local bytes = run.sharedBytes
      for k = i + 1, i + own do bytes = bytes + #ARGV[k] end
      if bytes > entryBound then return 'commit_refused ' .. ARGV[i] .. ' of ' .. topic.stream .. ' has ' .. bytes .. ' bytes, more than ' .. entryBound end
      i = i + 1 + own
    end
  end
  return checkPrev(topic)
end

local function checkWrites(p)
  for i = p.sets[1], p.sets[2], 2 do
    if #ARGV[i + 1] > fieldBound then return 'commit_refused ' .. ARGV[i] .. ' has ' .. #ARGV[i + 1] .. ' bytes, more than ' .. fieldBound end
  end
  for _, topic in ipairs(p.topics) do
    local failed = checkTopic(topic)
    if failed then return failed end
  end
  for _, letter in ipairs(p.letters) do
    local bytes = 0
    for i = letter[1], letter[2] do bytes = bytes + #ARGV[i] end
    if bytes > entryBound then return 'commit_refused a dead letter has ' .. bytes .. ' bytes, more than ' .. entryBound end
  end
  if #p.letters > 0 and not typeIs(p.dead, 'stream') then return 'commit_refused ' .. p.dead .. ' is not a stream' end
end

local function checkGroup(p)
  if p.group == '' then return nil end
  if not partsOf(p.groupId) or (tonumber(p.entriesRead) or -1) < 0 then
    return 'commit_refused group ' .. p.group .. ' cannot be moved to ' .. p.groupId .. ' with ' .. p.entriesRead .. ' entries read'
  end
  if not typeIs(p.groupStream, 'stream') then return 'commit_refused ' .. p.groupStream .. ' is not a stream' end
end

local function appendFirst(topic, form)
  local added = pcall(unpack(form))
  if type(added) == 'string' then return added end
  if string.find(added.err, 'equal or smaller', 1, true) then call('XSETID', topic.stream, topic.prev) end
  return call(unpack(form))
end

local function append(topic)
  local last, isFirst = topic.prev, true
  for _, run in ipairs(topic.runs) do
    local form, slots, i = run.form, run.slots, run.first
    form[2] = topic.stream
    for j = 1, run.count do
      form[3], form[5] = ARGV[i], last
      for k = 1, #slots do form[slots[k]] = ARGV[i + k] end
      last = isFirst and appendFirst(topic, form) or call(unpack(form))
      isFirst = false
      i = i + 1 + #slots
    end
  end
  return last
end

local function inStretches(command, target, range)
  for from = range[1], range[2], 400 do
    call(command, target, unpack(ARGV, from, math.min(from + 399, range[2])))
  end
end

local function write(p)
  local position = {unpack(ARGV, p.sets[1], p.sets[2])}
  for _, topic in ipairs(p.topics) do
    if #topic.runs > 0 then
      position[#position + 1] = 'last:' .. topic.name
      position[#position + 1] = append(topic)
    end
    inStretches('HSET', topic.latest, topic.values)
    inStretches('HDEL', topic.latest, topic.removed)
  end
  for _, letter in ipairs(p.letters) do
    call('XADD', p.dead, 'MAXLEN', '~', p.lettersKept, '*', unpack(ARGV, letter[1], letter[2]))
  end
  if #position > 0 then call('HSET', p.position, unpack(position)) end
  if p.group == '' then return end
  if pcall('XGROUP', 'SETID', p.groupStream, p.group, p.groupId, 'ENTRIESREAD', p.entriesRead).err then
    call('XGROUP', 'CREATE', p.groupStream, p.group, p.groupId, 'MKSTREAM', 'ENTRIESREAD', p.entriesRead)
  end
end

local out = {}
for i = 1, tonumber(ARGV[1]) do
  local p = readPartition()
  local failed = checkOwner(p) or checkWrites(p) or checkGroup(p)
  if not failed then write(p) end
  out[i] = failed or ''
end
return out
`;
