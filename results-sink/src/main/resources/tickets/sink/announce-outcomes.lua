-- Keeps the newest outcome of each of some tickets, tells who waits for these, and keeps the first answer to each text and
-- whose text an id is bound to.
-- Many in one call: the call itself costs more than what is done for an outcome. Atomic, as every script in Redis.
--
-- KEYS     of each outcome 1 outcome:{task_id}   2 erased:{task_id}   3 the text:… of its text, or 'text:'
--                          4 claim:{task_id}
-- ARGV     1 life of an outcome in ms   2 life of an answer to a text in ms   3 life of a claim in ms; then of each outcome
--          1 outcome as JSON   2 source_topic   3 source_partition   4 source_offset
--          5 scored_at or rejected_at, RFC 3339 UTC with milliseconds, which sorts as text
--          6 the channel on which someone waits, or ''   7 received_at, as 5   8 the claim as JSON, or ''
-- Returns how many of the outcomes are kept: a newer one may be there, or the ticket be erased.

local KEYS_EACH, ARGS_BEFORE, ARGS_EACH = 4, 3, 8
local kept = 0

for i = 0, #KEYS / KEYS_EACH - 1 do
  local key, at = i * KEYS_EACH, ARGS_BEFORE + i * ARGS_EACH
  local outcomeKey, erasedKey, textKey, claimKey = KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 4]
  local outcome, topic, partition, offset = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local decidedAt, channel, receivedAt, claim = ARGV[at + 5], ARGV[at + 6], ARGV[at + 7], ARGV[at + 8]

  -- Outcome.isNewerThan(held, this)
  local function heldIsNewer(held)
    held = cjson.decode(held)
    if held.source_topic == topic and held.source_partition == tonumber(partition)
        and held.source_offset ~= tonumber(offset) then
      return held.source_offset > tonumber(offset)
    end
    return (held.scored_at or held.rejected_at) > decidedAt
  end

  local erasedAt = redis.pcall('GET', erasedKey)
  if not (type(erasedAt) == 'string' and receivedAt <= erasedAt) then
    local held = redis.pcall('GET', outcomeKey)
    -- pcall: what is not an outcome (another type, another JSON) is no reason to stop, it is replaced.
    local readable, newer = false, false
    if held then
      readable, newer = pcall(heldIsNewer, held)
    end
    if not (readable and newer) then
      redis.call('SET', outcomeKey, outcome, 'PX', ARGV[1])
      kept = kept + 1
    end
    if textKey ~= 'text:' then
      redis.call('SET', textKey, outcome, 'NX', 'PX', ARGV[2])
    end
    if claim ~= '' then
      redis.call('SET', claimKey, claim, 'NX', 'PX', ARGV[3])
    end
  end
  -- Also when an older one loses: its caller waits for it all the same.
  if channel ~= '' then
    redis.call('PUBLISH', channel, outcome)
  end
end
return kept
