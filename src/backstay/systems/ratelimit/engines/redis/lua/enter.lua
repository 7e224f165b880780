-- One of so many places. KEYS[1] is a zset: holder -> when the place ends. ARGV: holder, places, microseconds.
-- Answers how many are held, or nothing when all are.
local places, who = KEYS[1], ARGV[1]
local mine = redis.call('ZSCORE', places, who)
local others = redis.call('ZCOUNT', places, string.format('(%.0f', now), '+inf')
if mine and tonumber(mine) > now then
  others = others - 1
end
if others >= tonumber(ARGV[2]) and not mine then
  return false
end
redis.call('ZREMRANGEBYSCORE', places, '-inf', string.format('%.0f', now))
redis.call('ZADD', places, string.format('%.0f', now + tonumber(ARGV[3])), who)
local latest = redis.call('ZREVRANGE', places, 0, 0, 'WITHSCORES')
last(places, tonumber(latest[2]) - now)
return others + 1
