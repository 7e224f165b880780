-- Who holds unique keys. ARGV: now, then organization:key of each. Answers ids, '' where the key is free.
local answers = {}
for at = 2, #ARGV do
  local holder = call('HGET', P .. 'uniques', ARGV[at])
  local id = holder and string.sub(holder, 1, 32)
  local taken = id and (tonumber(string.sub(holder, 34)) > now or LIVE[call('HGET', P .. 'job:' .. id, 's') or ''])
  answers[#answers + 1] = taken and id or ''
end
return answers
