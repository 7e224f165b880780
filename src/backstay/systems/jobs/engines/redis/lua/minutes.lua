-- What ended lately. ARGV: now, for how long (microseconds; at most the two days that are kept).
-- Answers minute (since 1970) and counts of each that has some, oldest first.
local answers = {}
local last = math.floor(now / 60000000)
local first = math.max(math.floor((now - ARGV[2]) / 60000000), last - 2880)
for at = first, last do
  local counted = call('HGETALL', P .. 'minute:' .. at)
  if #counted > 0 then
    answers[#answers + 1] = at
    answers[#answers + 1] = counted
  end
end
return answers
