/**
 * Takes the generation of a snapshot out that was found damaged; the previous becomes the newest if the newest was it.
 * KEYS   1 newest snapshot · 2 previous snapshot
 * ARGV   1 n and 2 checksum of the damaged one, as stored: only that very one is taken out
 * Returns 1 = taken out, 0 = another stands there by now.
 */
export const discardSnapshot = `
for _, key in ipairs(KEYS) do
  local named = redis.call('HMGET', key, 'n', 'sha256')
  if named[1] == ARGV[1] and named[2] == ARGV[2] then
    redis.call('DEL', key)
    if key == KEYS[1] and redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[1]) end
    return 1
  end
end
return 0
`;
