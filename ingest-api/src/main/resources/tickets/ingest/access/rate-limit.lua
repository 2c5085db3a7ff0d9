-- Rules on one call of a client, as RateLimit.rule does; here by Redis's clock, which all instances share.
--
-- KEYS[1]  rate:{client}: when its bucket will be full, in microseconds
-- ARGV     1 microseconds a call costs   2 calls a full bucket allows
-- Returns  "1 or 0: allowed" "calls that may follow at once" "microseconds to wait" "microseconds until full"

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cost = tonumber(ARGV[1])
local held = tonumber(redis.call('GET', KEYS[1]) or now) or now
if held < now then
  held = now
end
local next = held + cost
local over = next - now - cost * tonumber(ARGV[2])
if over > 0 then
  return string.format('0 0 %.0f %.0f', over, held - now)
end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
return string.format('1 %.0f 0 %.0f', math.floor(-over / cost), next - now)
