-- ARGV: now, queue, 1 to pause or 0 to go on.
if ARGV[3] == '1' then
  call('SADD', P .. 'paused', ARGV[2])
else
  call('SREM', P .. 'paused', ARGV[2])
  call('PUBLISH', P .. 'wake', ARGV[2])
end
return 1
