/**
 * Registers an external consumer group with the trim of one partition, or renews it: its budget begins again.
 * KEYS   1 consumers hash · 2 readers hash · 3 stream
 * ARGV   1 consumer id · 2 group · 3 what the consumers hash says of it
 * A group that is not there is made at the end of the stream, so that it has a position from the first entry on that it must not miss;
 * it knows how many entries were before, so that its lag is exact.
 */
export const registerConsumer = `
local known = redis.pcall('XINFO', 'GROUPS', KEYS[3])
local found = false
if not known.err then
  for _, group in ipairs(known) do
    for i = 1, #group, 2 do if group[i] == 'name' and group[i + 1] == ARGV[2] then found = true end end
  end
end
if not found then
  local last, added = '0-0', 0
  if not known.err then
    local info = redis.call('XINFO', 'STREAM', KEYS[3])
    for i = 1, #info, 2 do
      if info[i] == 'last-generated-id' then last = info[i + 1] end
      if info[i] == 'entries-added' then added = info[i + 1] end
    end
  end
  redis.call('XGROUP', 'CREATE', KEYS[3], ARGV[2], last, 'MKSTREAM', 'ENTRIESREAD', added)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('HDEL', KEYS[2], ARGV[1])
return ''
`;
