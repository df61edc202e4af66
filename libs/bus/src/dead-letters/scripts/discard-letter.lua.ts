/**
 * Takes a dead letter away for good, and counts it, so that what the stream's bound dropped can be told from what somebody discarded.
 * KEYS   1 dead letters · 2 marks
 * ARGV   1 id of the letter
 * Returns 1, or 0 when there was no such letter.
 */
export const discardLetter = `
local gone = redis.call('XDEL', KEYS[1], ARGV[1])
if gone == 1 then
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('HINCRBY', KEYS[2], 'discarded', 1)
end
return gone
`;
