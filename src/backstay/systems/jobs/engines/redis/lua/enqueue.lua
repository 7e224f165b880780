-- Keep jobs. ARGV: now, then id, header, payload, delay, run_at of each.
local answers = {}
for at = 2, #ARGV, 5 do
  answers[#answers + 1] = keep(unpack(ARGV, at, at + 4))
end
flush()
return answers
