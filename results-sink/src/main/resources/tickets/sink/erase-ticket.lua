-- Forgets what Redis holds of an erased ticket, and remembers that it is erased. Atomic, as every script in Redis.
--
-- KEYS  1 outcome:{task_id}   2 claim:{task_id}   3 erased:{task_id}   4 the text:… of its last known text, or 'text:'
--       5 correction:{task_id}
-- ARGV  1 erased_at, RFC 3339 UTC with milliseconds, which sorts as text   2 life of that note in ms   3 task_id
-- Returns how many entries were forgotten.

local forgotten = 0

local function forgetIf(key, isMeant)
  local held = redis.pcall('GET', key)
  -- pcall: what can't be read is not of this ticket's making.
  local readable, meant = pcall(function() return isMeant(cjson.decode(held)) end)
  if readable and meant then
    forgotten = forgotten + redis.call('DEL', key)
  end
end

-- What was received later is a new version of the ticket.
forgetIf(KEYS[1], function(outcome) return outcome.received_at <= ARGV[1] end)
forgetIf(KEYS[2], function(claim) return claim.phase == 'accepted' and claim.received_at <= ARGV[1] end)
forgetIf(KEYS[4], function(first) return first.task_id == ARGV[3] and first.received_at <= ARGV[1] end)

-- What a person decided stays, as the priority does. Who it was does not.
pcall(function()
  local correction = cjson.decode(redis.pcall('GET', KEYS[5]))
  if correction.by and correction.corrected_at <= ARGV[1] then
    correction.by = nil
    redis.call('SET', KEYS[5], cjson.encode(correction), 'KEEPTTL')
    forgotten = forgotten + 1
  end
end)

local noted = redis.pcall('GET', KEYS[3])
if type(noted) ~= 'string' or noted < ARGV[1] then
  redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
end
return forgotten
