/**
 * Trims streams of one partition up to the lowest sequence that any registered reader still needs, never further.
 * KEYS   1 needed hash · then the streams
 * ARGV   1 keep from this sequence on at most · 2 number of readers that must be registered · then their names
 * The minimum is taken here, in the same call as the trim, so that a reader cannot register in between.
 * Returns the sequence kept from, or -1 when a reader that must be registered is not.
 */
export const trim = `
for i = 1, tonumber(ARGV[2]) do
  if redis.call('HEXISTS', KEYS[1], ARGV[2 + i]) == 0 then return -1 end
end
local keep = tonumber(ARGV[1])
for _, need in ipairs(redis.call('HVALS', KEYS[1])) do
  -- The entry at the position itself stays: its id proves that nothing between was trimmed.
  if tonumber(need) < keep then keep = tonumber(need) end
end
if keep <= 0 then return 0 end
for i = 2, #KEYS do redis.call('XTRIM', KEYS[i], 'MINID', '~', string.format('%.0f-0', keep)) end
return keep
`;
