-- The results of a job's parents. ARGV: now, id. Answers parent and result (nil: none) of each.
local packed = call('HGET', P .. 'job:' .. ARGV[2], 'h')
local header = packed and cmsgpack.unpack(packed) or {}
local answers = {}
for _, parent in ipairs(header[PARENTS] or {}) do
  local found = call('HMGET', P .. 'job:' .. parent, 'h', 'r')
  local own = found[1] and cmsgpack.unpack(found[1])[ORG] == header[ORG]
  answers[#answers + 1] = parent
  answers[#answers + 1] = own and found[2] or false
end
return answers
