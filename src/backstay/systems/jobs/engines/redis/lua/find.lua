-- One bounded step through an organization's jobs, newest first. ARGV: now, organization, the id to begin after (or
-- ''), how many to find, how many to look at, `indexed` states or '', then filters: states, queue, kind, flow,
-- schedule, order key, trace ('' each: any; lists with commas).
-- Answers: the id to go on after ('' at the end), then id and hash of each that was found.
local org, most, room = ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5])
local from = ARGV[3] == '' and '+' or '(' .. ARGV[3]
local sources = {}
if ARGV[12] ~= '' and ARGV[6] == '' then
  sources[1] = P .. 'flow:' .. ARGV[12]
elseif ARGV[6] ~= '' then
  for state in string.gmatch(ARGV[6], '[^,]+') do
    sources[#sources + 1] = P .. 'in:' .. org .. ':' .. state
  end
else
  sources[1] = P .. 'all:' .. org
end
local ids = {}
for _, source in ipairs(sources) do
  for _, id in ipairs(call('ZREVRANGEBYLEX', source, from, '-', 'LIMIT', 0, room)) do
    ids[#ids + 1] = id
  end
end
if #sources > 1 then
  table.sort(ids, function(one, other) return one > other end)
end
local states = {}
for state in string.gmatch(ARGV[7], '[^,]+') do
  states[state] = true
end
local function fits(position, value)
  return ARGV[position] == '' or ARGV[position] == value
end
local answers, found = { '' }, 0
for at = 1, math.min(#ids, room) do
  local id = ids[at]
  local key = P .. 'job:' .. id
  local some = call('HMGET', key, 's', 'h')
  if some[1] and (ARGV[7] == '' or states[some[1]]) then
    local header = cmsgpack.unpack(some[2])
    if header[ORG] == org and fits(8, header[QUEUE]) and fits(9, header[KIND]) and fits(12, header[FLOW])
      and fits(10, header[SCHEDULE]) and fits(11, header[ORDER_KEY]) and fits(13, header[TRACE]) then
      answers[#answers + 1] = id
      answers[#answers + 1] = call('HGETALL', key)
      found = found + 1
    end
  end
  if found == most or at == room then
    answers[1] = id
    break
  end
end
return answers
