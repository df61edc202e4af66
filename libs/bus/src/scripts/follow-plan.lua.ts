/**
 * Takes or renews the leadership of a service where that is possible, and returns the plan when it is not the one already known.
 * KEYS   1 plan hash: member, nonce, epoch, untilMs, free (the leader's lease), version, plan
 * ARGV   1 member · 2 its nonce · 3 ttl in ms · 4 '1' if it may lead · 5 version of the plan that it knows
 * Server time decides, as for every lease. A leadership that expired and that nobody took is prolonged.
 * Returns {epoch of the own leadership or 0, version, plan or '' when the version is known}.
 */
export const followPlan = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local held = redis.call('HMGET', KEYS[1], 'member', 'nonce', 'epoch', 'untilMs', 'free', 'version')
local epoch = 0
if ARGV[4] == '1' then
  if held[1] == ARGV[1] and held[2] == ARGV[2] and held[5] ~= '1' then
    epoch = tonumber(held[3])
    redis.call('HSET', KEYS[1], 'untilMs', now + tonumber(ARGV[3]))
  elseif not held[1] or held[1] == ARGV[1] or held[5] == '1' or tonumber(held[4] or '0') <= now then
    epoch = tonumber(held[3] or '0') + 1
    redis.call('HSET', KEYS[1], 'member', ARGV[1], 'nonce', ARGV[2], 'epoch', epoch, 'untilMs', now + tonumber(ARGV[3]), 'free', '')
  end
end
local version = held[6] or ''
if version == ARGV[5] then return {epoch, version, ''} end
return {epoch, version, redis.call('HGET', KEYS[1], 'plan') or ''}
`;
