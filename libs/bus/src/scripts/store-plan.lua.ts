/**
 * Stores a service's plan in the name of its leader.
 * KEYS   1 plan hash
 * ARGV   1 member · 2 nonce · 3 epoch of the leadership · 4 plan
 * Checks the leadership first: a leader that was paused and replaced writes nothing.
 * Returns the new version, or '' when another leads. The nonce in it tells apart two plans whose count came back after a rollback.
 */
export const storePlan = `
local held = redis.call('HMGET', KEYS[1], 'member', 'nonce', 'epoch', 'free')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] or held[3] ~= ARGV[3] or held[4] == '1' then return '' end
local version = redis.call('HINCRBY', KEYS[1], 'plans', 1) .. ':' .. ARGV[2]
redis.call('HSET', KEYS[1], 'version', version, 'plan', ARGV[4])
return version
`;
