-- The present in microseconds by the server's own clock, and how what is kept goes by itself. Nothing that
-- a caller sends has a say in either; tests put another file in this one's place.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function keep(key, text, lasts)
  redis.call('SET', key, text, 'PX', math.max(1, math.ceil(lasts / 1000)))
end

local function last(key, lasts)
  redis.call('PEXPIRE', key, math.max(1, math.ceil(lasts / 1000)))
end
