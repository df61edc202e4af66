/**
 * Says that a member lives and returns who else does.
 * KEYS   1 sorted set of the service's members by heartbeat
 * ARGV   1 member, or '' to look only · 2 ttl in ms · 3 longest grace in ms
 * Scores are server time in ms, so that no member's clock counts. Members silent for 20 ttl are removed.
 * Members beat four times a ttl. When none of them did for 0.7 ttl, it was Redis or the whole fleet that stood still: whoever lived then
 * counts as alive for as long as it lasted (the time that it took to connect again grows alike), so that the first to beat does not find
 * all others dead. The pause stands in the set as |paused, its beginning, and |until, the end of the grace.
 * Returns {members heard of within the ttl, members removed, server time in ms, scores of the former, members in their grace, its end}.
 */
export const heartbeat = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local ttl = tonumber(ARGV[2])
local grace = tonumber(ARGV[3])
local scores = {}
local newest
local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #all, 2 do
  local at = tonumber(all[i + 1])
  scores[all[i]] = at
  if string.sub(all[i], 1, 1) ~= '|' and (not newest or at > newest) then newest = at end
end
local paused = scores['|paused'] or 0
local graceUntil = scores['|until'] or 0
if ARGV[1] ~= '' then
  if newest and now - newest > 0.7 * ttl then
    -- One pause right after another: those of the first have had no time to come back.
    if newest >= graceUntil then paused = newest end
    graceUntil = now + math.min(grace, now - newest)
    redis.call('ZADD', KEYS[1], paused, '|paused', graceUntil, '|until')
  end
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  scores[ARGV[1]] = now
end
local inGrace = now < graceUntil
local live, heard, kept, gone = {}, {}, {}, {}
for name, at in pairs(scores) do
  if string.sub(name, 1, 1) ~= '|' then
    if at > now - ttl then
      live[#live + 1] = name
      heard[#heard + 1] = at
    elseif inGrace and at > paused - ttl then
      kept[#kept + 1] = name
    elseif ARGV[1] ~= '' and at <= now - 20 * ttl then
      redis.call('ZREM', KEYS[1], name)
      gone[#gone + 1] = name
    end
  end
end
return {live, gone, now, heard, kept, graceUntil}
`;
