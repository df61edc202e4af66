/**
 * Gives up leases of a member (in a cluster: in one slot), so that the next owner need not wait for the ttl.
 * KEYS   lease hash of each partition
 * ARGV   1 member · then per key: nonce, epoch
 * Sets free = 1 and untilMs = 0 where member, nonce and epoch are still the holder's; the epoch stays and goes on counting.
 * Returns per key 1 = released, 0 = was lost already.
 */
export const releaseLeases = `
local out = {}
for i, key in ipairs(KEYS) do
  local held = redis.call('HMGET', key, 'member', 'nonce', 'epoch')
  if held[1] == ARGV[1] and held[2] == ARGV[2 * i] and held[3] == ARGV[1 + 2 * i] then
    redis.call('HSET', key, 'free', '1', 'untilMs', 0)
    out[i] = 1
  else
    out[i] = 0
  end
end
return out
`;
