-- Every queue in numbers. Answers: the counts, the paused queues, the limits by queue, for each level with ready
-- jobs its queue and since when the oldest waits (microseconds), then the queues of which a job has run.
local oldest = {}
for _, level in ipairs(call('ZRANGE', P .. 'levels', 0, -1)) do
  local since
  for _, org in ipairs(call('ZRANGE', P .. 'ring:' .. level, 0, -1)) do
    local first = tonumber(call('ZRANGE', P .. 'ready:' .. level .. ':' .. org, 0, 0, 'WITHSCORES')[2])
    if first and (not since or first < since) then
      since = first
    end
  end
  if since then
    oldest[#oldest + 1] = string.match(level, ':(.*)$')
    oldest[#oldest + 1] = math.max(0, now - since)
  end
end
return {
  call('HGETALL', P .. 'counts'), call('SMEMBERS', P .. 'paused'), call('HGETALL', P .. 'limits'), oldest,
  call('SMEMBERS', P .. 'queues'),
}
