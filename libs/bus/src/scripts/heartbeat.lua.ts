/**
 * Says that a member lives and returns who else does.
 * KEYS   1 sorted set of the service's members by heartbeat
 * ARGV   1 member, or '' to look only · 2 ttl in ms
 * Scores are server time in ms, so that no member's clock counts. Members silent for 20 ttl are removed.
 * Returns {members heard of within the ttl, members removed, server time in ms, all members kept with their scores}.
 */
export const heartbeat = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local ttl = tonumber(ARGV[2])
local gone = {}
if ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - 20 * ttl)
  if #gone > 0 then redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 20 * ttl) end
end
local live = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. (now - ttl), '+inf')
return {live, gone, now, redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')}
`;
