/**
 * Takes the leases of one service's partitions (in a cluster: in one slot) that are free, expired or already of this member.
 * KEYS   lease hash of each partition
 * ARGV   1 member · 2 ttl in ms · then per key: a nonce
 * Writes member, nonce, epoch + 1, untilMs (server time) and `free` = '' into each lease that it takes.
 * Returns per key {epoch, clean, waitMs}: epoch 0 = not taken, to be tried again in waitMs; clean 0 = the owner before never released it.
 */
export const acquireLeases = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local ttl = tonumber(ARGV[2])
local out = {}
for i, key in ipairs(KEYS) do
  local held = redis.call('HMGET', key, 'member', 'epoch', 'untilMs', 'free')
  local untilMs = tonumber(held[3] or '0')
  if held[1] and held[1] ~= ARGV[1] and held[4] ~= '1' and untilMs > now then
    out[i] = {0, 1, untilMs - now}
  else
    local epoch = tonumber(held[2] or '0') + 1
    local clean = (not held[1] or held[4] == '1') and 1 or 0
    redis.call('HSET', key, 'member', ARGV[1], 'nonce', ARGV[2 + i], 'epoch', epoch, 'untilMs', now + ttl, 'free', '')
    out[i] = {epoch, clean, 0}
  end
end
return out
`;
