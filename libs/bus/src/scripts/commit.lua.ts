/**
 * Commits what the owner of partitions in one slot made of a batch: outputs, position, latest values, group and dead letters, or nothing.
 * Lua does not roll back, so for each partition every check comes before the first write; a partition that fails one is not written
 * at all, and the others are.
 *
 * ARGV   1 number of partitions · 2 bound of an entry in bytes · 3 bound of a position field in bytes, then per partition
 *        member, nonce, epoch
 *        c, then c × (field of the position hash, value it must have; '' = absent)
 *        s, then s × (field of the position hash, new value)
 *        group ('' = none), its id, its ENTRIESREAD
 *        o topics, then per topic: e, then e × (id, prev, f, f × (field, value)); l, then l × (latest field, value);
        r, then r × latest field to remove
 *        d, then d × (f, f × (field, value)) dead letters; dead letters kept at most
 * KEYS   per partition: lease, position, stream of the group, dead letters, then per topic: stream, latest values
 * Checks lease (member, nonce, epoch, not given up), position, group's stream, each output's id above its topic's last-generated-id and
 *        its prev equal to the id before, sizes and types. An expired lease that nobody took still passes: it excludes all others.
 * Writes XADD of outputs, HSET of position and latest values, HDEL of latest values, XGROUP SETID … ENTRIESREAD (the group is made if it is missing), XADD of
 *        dead letters.
 * Returns per partition '' or the failed check: 'fenced …', 'cursor_moved …', 'commit_refused …'.
 */
export const commit = `
local at, key = 4, 1
local entryBound, fieldBound = tonumber(ARGV[2]), tonumber(ARGV[3])

local function take() local value = ARGV[at]; at = at + 1; return value end
local function takeNumber() return tonumber(take()) end
local function takeKey() local value = KEYS[key]; key = key + 1; return value end

local function typeIs(name, want)
  local is = redis.call('TYPE', name).ok
  return is == 'none' or is == want
end

local function lastIdOf(stream)
  local info = redis.pcall('XINFO', 'STREAM', stream)
  if info.err then
    if string.find(info.err, 'no such key', 1, true) then return '0-0' end
    return nil
  end
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1] end
  end
end

local function above(a, b)
  local am, as = string.match(a, '^(%d+)-(%d+)$')
  local bm, bs = string.match(b, '^(%d+)-(%d+)$')
  if not am or not bm then return false end
  am, as, bm, bs = tonumber(am), tonumber(as), tonumber(bm), tonumber(bs)
  return am > bm or (am == bm and as > bs)
end

local function readPairs(count)
  local first, bytes = at, 0
  at = at + 2 * count
  for i = first, at - 1 do bytes = bytes + #ARGV[i] end
  return {first, at - 1, bytes}
end

local function readList(count)
  at = at + count
  return {at - count, at - 1}
end

local function readEntry()
  local entry = {id = take(), prev = take()}
  entry.fields = readPairs(takeNumber())
  return entry
end

local function readPartition()
  local p = {lease = takeKey(), position = takeKey(), groupStream = takeKey(), dead = takeKey(), topics = {}, letters = {}}
  p.member, p.nonce, p.epoch = take(), take(), take()
  p.checks = readPairs(takeNumber())
  p.sets = readPairs(takeNumber())
  p.group, p.groupId, p.entriesRead = take(), take(), take()
  for i = 1, takeNumber() do
    local topic = {stream = takeKey(), latest = takeKey(), entries = {}}
    for j = 1, takeNumber() do topic.entries[j] = readEntry() end
    topic.values = readPairs(takeNumber())
    topic.removed = readList(takeNumber())
    p.topics[i] = topic
  end
  for i = 1, takeNumber() do p.letters[i] = readPairs(takeNumber()) end
  p.lettersKept = take()
  return p
end

local function checkOwner(p)
  local held = redis.call('HMGET', p.lease, 'member', 'nonce', 'epoch', 'free')
  if held[1] ~= p.member or held[2] ~= p.nonce or held[3] ~= p.epoch or held[4] == '1' then
    return 'fenced lease of ' .. tostring(held[1]) .. ' epoch ' .. tostring(held[3]) .. ', not of ' .. p.member .. ' epoch ' .. p.epoch
  end
  for i = p.checks[1], p.checks[2], 2 do
    local is = redis.call('HGET', p.position, ARGV[i]) or ''
    if is ~= ARGV[i + 1] then return 'cursor_moved ' .. ARGV[i] .. ' is "' .. is .. '", expected "' .. ARGV[i + 1] .. '"' end
  end
end

local function checkTopic(topic)
  if not typeIs(topic.latest, 'hash') then return 'commit_refused ' .. topic.latest .. ' is not a hash' end
  if #topic.entries == 0 then return nil end
  local last = lastIdOf(topic.stream)
  if not last then return 'commit_refused ' .. topic.stream .. ' is not a stream' end
  for _, entry in ipairs(topic.entries) do
    if not above(entry.id, last) then return 'commit_refused id ' .. entry.id .. ' of ' .. topic.stream .. ' is not above ' .. last end
    if entry.prev ~= last then return 'commit_refused prev ' .. entry.prev .. ' of ' .. entry.id .. ' in ' .. topic.stream .. ' is not ' .. last end
    if entry.fields[3] > entryBound then return 'commit_refused ' .. entry.id .. ' of ' .. topic.stream .. ' has ' .. entry.fields[3] .. ' bytes, more than ' .. entryBound end
    last = entry.id
  end
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
    if letter[3] > entryBound then return 'commit_refused a dead letter has ' .. letter[3] .. ' bytes, more than ' .. entryBound end
  end
  if #p.letters > 0 and not typeIs(p.dead, 'stream') then return 'commit_refused ' .. p.dead .. ' is not a stream' end
end

local function checkGroup(p)
  if p.group == '' then return nil end
  local groups = redis.pcall('XINFO', 'GROUPS', p.groupStream)
  if groups.err then
    if string.find(groups.err, 'no such key', 1, true) then return nil end
    return 'commit_refused ' .. p.groupStream .. ' is not a stream'
  end
  for _, group in ipairs(groups) do
    if group[2] == p.group then p.groupExists = true end
  end
end

local function setPairs(hash, range)
  for from = range[1], range[2], 400 do
    redis.call('HSET', hash, unpack(ARGV, from, math.min(from + 399, range[2])))
  end
end

local function removeFields(hash, range)
  for from = range[1], range[2], 400 do
    redis.call('HDEL', hash, unpack(ARGV, from, math.min(from + 399, range[2])))
  end
end

local function write(p)
  for _, topic in ipairs(p.topics) do
    for _, entry in ipairs(topic.entries) do
      redis.call('XADD', topic.stream, entry.id, 'prev', entry.prev, unpack(ARGV, entry.fields[1], entry.fields[2]))
    end
    setPairs(topic.latest, topic.values)
    removeFields(topic.latest, topic.removed)
  end
  for _, letter in ipairs(p.letters) do
    redis.call('XADD', p.dead, 'MAXLEN', '~', p.lettersKept, '*', unpack(ARGV, letter[1], letter[2]))
  end
  setPairs(p.position, p.sets)
  if p.group == '' then return end
  if p.groupExists then
    redis.call('XGROUP', 'SETID', p.groupStream, p.group, p.groupId, 'ENTRIESREAD', p.entriesRead)
  else
    redis.call('XGROUP', 'CREATE', p.groupStream, p.group, p.groupId, 'MKSTREAM', 'ENTRIESREAD', p.entriesRead)
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
