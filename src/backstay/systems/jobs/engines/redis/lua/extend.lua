-- Move the ends of leases. ARGV: now, lease (microseconds), then id, lease of each.
-- Answers for each: 0 it is lost, 1 it is held, 2 it is held and somebody asked for the job's end.
local answers = {}
for at = 3, #ARGV, 2 do
  local found = call('HMGET', P .. 'job:' .. ARGV[at], 's', 'l', 'x')
  if found[1] == 'running' and found[2] == ARGV[at + 1] then
    zadd(P .. 'leases', now + ARGV[2], ARGV[at])
    answers[#answers + 1] = found[3] and 2 or 1
  else
    answers[#answers + 1] = 0
  end
end
flush()
return answers
