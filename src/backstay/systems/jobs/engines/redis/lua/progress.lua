-- ARGV: now, id, lease, fraction. Answers whether the lease holds.
local key = P .. 'job:' .. ARGV[2]
local found = call('HMGET', key, 's', 'l')
if found[1] ~= 'running' or found[2] ~= ARGV[3] then
  return 0
end
call('HSET', key, 'g', ARGV[4])
return 1
