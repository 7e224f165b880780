-- Which jobs there are. ARGV: now, then organization and id of each. Answers 1 or 0 for each.
local answers = {}
for at = 2, #ARGV, 2 do
  local packed = call('HGET', P .. 'job:' .. ARGV[at + 1], 'h')
  answers[#answers + 1] = packed and cmsgpack.unpack(packed)[ORG] == ARGV[at] and 1 or 0
end
return answers
