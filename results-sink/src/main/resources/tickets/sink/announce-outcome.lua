-- Keeps the newest outcome of a ticket and tells who waits for this one. Atomic, as every script in Redis.
--
-- KEYS     1 outcome:{task_id}   2 erased:{task_id}
-- ARGV     1 outcome as JSON   2 its life in ms    3 source_topic   4 source_partition   5 source_offset
--          6 scored_at or rejected_at, RFC 3339 UTC with milliseconds, which sorts as text
--          7 the channel on which someone waits, or ''   8 received_at, as 6
-- Returns 1 if it is kept, 0 if the one there is newer, 2 if its ticket was erased after it was received.

-- Outcome.isNewerThan(held, this)
local function heldIsNewer(held)
  held = cjson.decode(held)
  if held.source_topic == ARGV[3] and held.source_partition == tonumber(ARGV[4])
      and held.source_offset ~= tonumber(ARGV[5]) then
    return held.source_offset > tonumber(ARGV[5])
  end
  return (held.scored_at or held.rejected_at) > ARGV[6]
end

-- pcall: what is not an outcome (another type, another JSON) is no reason to stop, it is replaced.
local held = redis.pcall('GET', KEYS[1])
local readable, newer = pcall(heldIsNewer, held)
local erasedAt = redis.pcall('GET', KEYS[2])
local kept = 0
if type(erasedAt) == 'string' and ARGV[8] <= erasedAt then
  kept = 2
elseif not (readable and newer) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  kept = 1
end
-- Also when an older one loses: its caller waits for it all the same.
if ARGV[7] ~= '' then
  redis.call('PUBLISH', ARGV[7], ARGV[1])
end
return kept
