/**
 * Stores a snapshot and moves the service's registered need with it.
 * KEYS   1 lease · 2 position · 3 snapshot hash · 4 needed hash
 * ARGV   1 member · 2 nonce · 3 epoch · 4 n of the snapshot · 5 service · then (field, value) of the snapshot hash
 * Checks the lease, and that n lies between the stored snapshot and the committed cursor: neither a paused owner nor a call that an
 * earlier connection delivers late can put an old one back, whose log may be trimmed by then. One above the cursor is replaced.
 * Returns '' or the failed check.
 */
export const saveSnapshot = `
local held = redis.call('HMGET', KEYS[1], 'member', 'nonce', 'epoch')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] or held[3] ~= ARGV[3] then return 'fenced' end
local n = tonumber(ARGV[4])
local cursor = tonumber(string.match(redis.call('HGET', KEYS[2], 'cursor') or '0-0', '^(%d+)'))
if n > cursor then return 'snapshot at ' .. n .. ' is above the cursor ' .. cursor end
local stored = tonumber(redis.call('HGET', KEYS[3], 'n') or '0')
if n < stored and stored <= cursor then return 'snapshot at ' .. n .. ' is older than the one at ' .. stored end
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[3], unpack(ARGV, 6))
redis.call('HSET', KEYS[4], ARGV[5], n)
return ''
`;
