/**
 * Puts the record of a dead letter into its partition's inbox, once.
 * KEYS   1 dead letters · 2 marks · 3 inbox
 * ARGV   1 id of the letter · 2 who replays it · 3 version of the wire · 4 record · 5 records that an inbox may hold · 6 marks after which those
 *        of letters that are gone are swept
 * Checks that the letter is there, that it has no mark yet, and that the inbox has room.
 * Writes the record, and the mark '<id in the inbox>|<server's time in ms>|<who>' in the same call: a reply that is lost cannot make it two.
 * Returns {'replayed', mark}, {'gone'}, {'marked', the mark that it has}, or {'overloaded', records in the inbox}.
 */
export const replayLetter = `
local id = ARGV[1]
if not redis.call('XRANGE', KEYS[1], id, id)[1] then return {'gone', ''} end
local known = redis.call('HGET', KEYS[2], id)
if known then return {'marked', known} end
local waiting = redis.call('XLEN', KEYS[3])
if waiting >= tonumber(ARGV[5]) then return {'overloaded', tostring(waiting)} end
local t = redis.call('TIME')
local entry = redis.call('XADD', KEYS[3], '*', 'v', ARGV[3], 'json', ARGV[4])
local mark = string.format('%s|%.0f|%s', entry, t[1] * 1000 + math.floor(t[2] / 1000), ARGV[2])
redis.call('HSET', KEYS[2], id, mark)
if redis.call('HLEN', KEYS[2]) > tonumber(ARGV[6]) then
  for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
    if field ~= 'discarded' and not redis.call('XRANGE', KEYS[1], field, field)[1] then redis.call('HDEL', KEYS[2], field) end
  end
end
return {'replayed', mark}
`;
