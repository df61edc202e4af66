/**
 * Prolongs leases of a member, in a cluster those of one slot.
 * KEYS   lease hash of each partition
 * ARGV   1 member · 2 ttl in ms · then per key: nonce, epoch
 * Moves untilMs (server time) where member, nonce and epoch are still the holder's; an expired lease that nobody took is prolonged too.
 * Returns per key 1 = held, 0 = lost.
 */
export const renewLeases = `
local t = redis.call('TIME')
local untilMs = t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[2])
local out = {}
for i, key in ipairs(KEYS) do
  local held = redis.call('HMGET', key, 'member', 'nonce', 'epoch', 'free')
  if held[1] == ARGV[1] and held[2] == ARGV[1 + 2 * i] and held[3] == ARGV[2 + 2 * i] and held[4] ~= '1' then
    redis.call('HSET', key, 'untilMs', untilMs)
    out[i] = 1
  else
    out[i] = 0
  end
end
return out
`;
