/**
 * Stores a snapshot as the newest generation, keeps the one before as the previous, and moves the service's registered need to that:
 * the log must reach back to it, should the newest turn out to be damaged.
 * KEYS   1 lease · 2 position · 3 newest snapshot · 4 previous snapshot · 5 needed hash
 * ARGV   1 member · 2 nonce · 3 epoch · 4 n of the snapshot · 5 service · then (field, value) of the snapshot hash
 * Checks the lease, and that n lies between the stored snapshot and the committed cursor: neither a paused owner nor a call that an
 * earlier connection delivers late can put an old one back, whose log may be trimmed by then. Generations above the cursor are dropped.
 * Returns {'' or the failed check, object that no generation names any more or ''}.
 */
export const saveSnapshot = `
local held = redis.call('HMGET', KEYS[1], 'member', 'nonce', 'epoch')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] or held[3] ~= ARGV[3] then return {'fenced', ''} end
local n = tonumber(ARGV[4])
local cursor = tonumber(string.match(redis.call('HGET', KEYS[2], 'cursor') or '0-0', '^(%d+)'))
if n > cursor then return {'snapshot at ' .. n .. ' is above the cursor ' .. cursor, ''} end
local stored = tonumber(redis.call('HGET', KEYS[3], 'n') or '0')
if n < stored and stored <= cursor then return {'snapshot at ' .. n .. ' is older than the one at ' .. stored, ''} end
local replaced = (stored > 0 and stored < n) and KEYS[4] or KEYS[3]
local fallen = redis.call('HGET', replaced, 'object') or ''
if replaced == KEYS[4] then redis.call('RENAME', KEYS[3], KEYS[4]) else redis.call('DEL', KEYS[3]) end
local previous = tonumber(redis.call('HGET', KEYS[4], 'n') or '0')
if previous >= n then
  redis.call('DEL', KEYS[4])
  previous = 0
end
redis.call('HSET', KEYS[3], unpack(ARGV, 6))
redis.call('HSET', KEYS[5], ARGV[5], previous)
return {'', fallen}
`;
