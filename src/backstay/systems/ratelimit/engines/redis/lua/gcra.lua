-- take.lua for the one case of nearly every request: a token bucket alone, and something taken from it.
-- KEYS[1]; ARGV: capacity, interval, cost.
local capacity, interval, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local key, furthest = KEYS[1], now + capacity * interval
local arrival = tonumber(redis.call('GET', key) or now)
if arrival > furthest then
  arrival = furthest
  keep(key, string.format('%.0f', arrival), arrival - now)
elseif arrival < now then
  arrival = now
end
if cost > capacity then
  return { 0, 0, arrival - now, -1 }
end
local after = arrival + cost * interval
if after > furthest then
  return { 0, math.floor((furthest - arrival) / interval), arrival - now, after - furthest }
end
keep(key, string.format('%.0f', after), after - now)
return { 1, math.floor((furthest - after) / interval), after - now, -1 }
