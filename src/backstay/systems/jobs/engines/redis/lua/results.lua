-- The results of a job's parents. ARGV: now, id. Answers parent and result (nil: none) of each.
local packed = call('HGET', P .. 'job:' .. ARGV[2], 'h')
local answers = {}
for _, parent in ipairs(packed and cmsgpack.unpack(packed)[PARENTS] or {}) do
  answers[#answers + 1] = parent
  answers[#answers + 1] = call('HGET', P .. 'job:' .. parent, 'r')
end
return answers
