/**
 * Removes a field of a hash while it has the value that the caller has seen.
 * KEYS   1 hash
 * ARGV   1 field · 2 value
 * Returns 1 = removed, 0 = it has another value by now, or none.
 */
export const dropField = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
`;
