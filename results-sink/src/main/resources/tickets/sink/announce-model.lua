-- Says which model scores now, unless a later score has already said so.
--
-- KEYS[1]  model:current
-- ARGV     1 the model as JSON, with the scored_at that it was seen with   2 that scored_at, which sorts as text
-- Returns 1 if it is kept, 0 if the one there was seen later.

local function heldIsNewer(held)
  return cjson.decode(held).scored_at > ARGV[2]
end

local readable, newer = pcall(heldIsNewer, redis.pcall('GET', KEYS[1]))
if readable and newer then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1])
return 1
