-- Keeps a ticket's newest correction. Atomic, as every script in Redis. No outcome is touched, and no outcome touches it.
--
-- KEYS  1 correction:{task_id}   2 erased:{task_id}
-- ARGV  1 correction as JSON, with the broker's corrected_at and its source_offset   2 the same without the person
--       3 corrected_at, RFC 3339 UTC with milliseconds, which sorts as text   4 source_offset   5 life in ms
-- Returns 1 if it is kept, 0 if a newer one is there.

local function heldIsNewer(held)
  held = cjson.decode(held)
  if held.corrected_at ~= ARGV[3] then
    return held.corrected_at > ARGV[3]
  end
  return held.source_offset > tonumber(ARGV[4])
end

-- pcall: what is not a correction is no reason to stop, it is replaced.
local readable, newer = pcall(heldIsNewer, redis.pcall('GET', KEYS[1]))
if readable and newer then
  return 0
end
local erasedAt = redis.pcall('GET', KEYS[2])
local erased = type(erasedAt) == 'string' and ARGV[3] <= erasedAt
redis.call('SET', KEYS[1], erased and ARGV[2] or ARGV[1], 'PX', ARGV[5])
return 1
