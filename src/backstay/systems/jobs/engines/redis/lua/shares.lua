-- What organizations have ready and running in each queue. ARGV: now, one organization or '', jobs to look at.
-- Answers flat: queue, organization, ready, running, how long its oldest waits (microseconds, -1: none waits).
local only, found, order = ARGV[2], {}, {}

local function of(queue, org)
  local key = org .. ':' .. queue
  if not found[key] then
    found[key] = { queue, org, 0, 0, -1 }
    order[#order + 1] = key
  end
  return found[key]
end

for _, level in ipairs(call('ZRANGE', P .. 'levels', 0, -1)) do
  local queue = string.match(level, ':(.*)$')
  for _, org in ipairs(call('ZRANGE', P .. 'ring:' .. level, 0, -1)) do
    local ready = P .. 'ready:' .. level .. ':' .. org
    local oldest = tonumber(call('ZRANGE', ready, 0, 0, 'WITHSCORES')[2])
    if oldest and (only == '' or only == org) then
      local share = of(queue, org)
      share[3] = share[3] + call('ZCARD', ready)
      share[5] = math.max(share[5], now - oldest, 0)
    end
  end
end
for _, id in ipairs(call('ZRANGE', P .. 'leases', 0, tonumber(ARGV[3]) - 1)) do
  local packed = call('HGET', P .. 'job:' .. id, 'h')
  if packed then
    local header = cmsgpack.unpack(packed)
    if only == '' or only == header[ORG] then
      local share = of(header[QUEUE], header[ORG])
      share[4] = share[4] + 1
    end
  end
end
local answers = {}
for _, key in ipairs(order) do
  for _, value in ipairs(found[key]) do
    answers[#answers + 1] = value
  end
end
return answers
