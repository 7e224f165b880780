-- Keep jobs that the relay brings from the database. ARGV: now, the relay's token, its lease in milliseconds, how
-- many ids have left the database since the last call, those ids, then id, header, payload, delay, run_at of each.
-- Answers 1, or 0 when another relay has taken over: then nothing was changed.
--
-- `moved` remembers what was brought until its row is gone, so that a relay that died in between repeats nothing,
-- however short a job's life was.
if call('GET', P .. 'relay') ~= ARGV[2] then
  return 0
end
call('PEXPIRE', P .. 'relay', ARGV[3])
local first = 5 + ARGV[4]
for at = 5, first - 1 do
  call('SREM', P .. 'moved', ARGV[at])
end
for at = first, #ARGV, 5 do
  if call('SADD', P .. 'moved', ARGV[at]) == 1 then
    keep(unpack(ARGV, at, at + 4))
  end
end
flush()
return 1
