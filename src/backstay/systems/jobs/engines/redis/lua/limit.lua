-- ARGV: now, queue, rate, period (microseconds), concurrency; 0: no limit.
local rate, concurrency = tonumber(ARGV[3]), tonumber(ARGV[5])
if rate == 0 and concurrency == 0 then
  call('HDEL', P .. 'limits', ARGV[2])
else
  call('HSET', P .. 'limits', ARGV[2], cmsgpack.pack({ rate, tonumber(ARGV[4]), concurrency }))
end
call('DEL', P .. 'starts:' .. ARGV[2])
call('PUBLISH', P .. 'wake', ARGV[2])
return 1
