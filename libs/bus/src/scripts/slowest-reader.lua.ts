/**
 * Finds the slowest reader of a partition's log that may hold it back.
 * KEYS   1 needed hash · 2 readers hash · 3 stream of the log
 * Those count whose consumer group is a registered reader within its budget: a group that nobody registered, or whose reader was
 * dropped and has not moved since, is a leftover.
 * Returns { reader, its last delivered id }, or an empty list when nobody counts.
 */
export const slowestReader = `
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[3])
if groups.err then return {} end
local slowest, slowestId, least = nil, nil, nil
for _, group in ipairs(groups) do
  local info = {}
  for i = 1, #group, 2 do info[group[i]] = group[i + 1] end
  local need = redis.call('HGET', KEYS[1], info['name'])
  if need then
    local state = redis.call('HGET', KEYS[2], info['name'])
    local at, dropped
    if state then at, dropped = string.match(state, '^(%S+) %d+ %d+ (%d+) ') end
    local isDropped = at == need and dropped ~= '0'
    local n = tonumber(string.match(info['last-delivered-id'], '^(%d+)'))
    if not isDropped and (least == nil or n < least) then slowest, slowestId, least = info['name'], info['last-delivered-id'], n end
  end
end
if slowest == nil then return {} end
return { slowest, slowestId }
`;
