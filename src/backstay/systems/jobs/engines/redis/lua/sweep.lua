-- One round of upkeep. ARGV: now, limit, the error of a crash without its end.
-- Answers: promoted, rescued, quarantined, the ids that were pruned, microseconds until the next is due (or '').
local limit = tonumber(ARGV[2])
local promoted, rescued, quarantined, pruned = 0, 0, 0, {}

local function past(set)
  local ids = call('ZRANGEBYSCORE', P .. set, '-inf', now, 'LIMIT', 0, limit)
  if #ids > 0 then
    call('ZREM', P .. set, unpack(ids))
  end
  return ids
end

for _, id in ipairs(past('due')) do
  local job = load(id)
  if job then
    place(job)
    promoted = promoted + 1
  end
end

for _, id in ipairs(past('leases')) do
  local job = load(id)
  if job then
    step(job, job.b, 'running', job.w, 'claimed')
    local err = string.format(ARGV[3], cjson.encode(job.w):sub(2, -2))
    job.c = job.c + 1
    job.a = job.a - 1
    call('HSET', job.key, 'c', job.c, 'a', job.a)
    if job.c >= job.h[MAX_CRASHES] then
      step(job, now, 'dead', job.w, 'lease expired', err)
      minute(job.h[QUEUE], 'dead', 1)
      finish(job, 'dead', 'e', err)
      quarantined = quarantined + 1
    elseif job.x then
      step(job, now, 'cancelled', job.w, 'cancelled while it ran')
      finish(job, 'cancelled')
      rescued = rescued + 1
    else
      step(job, now, 'ready', job.w, 'lease expired', err)
      place(job)
      rescued = rescued + 1
    end
  end
end

for _, id in ipairs(past('done')) do
  local job = load(id)
  if job then
    local header = job.h
    if job.s == 'dead' then
      give_up(job)
    end
    count(header[QUEUE], job.s, -1)
    call('ZREM', P .. 'all:' .. header[ORG], id)
    if INDEXED[job.s] then
      call('ZREM', P .. 'in:' .. header[ORG] .. ':' .. job.s, id)
    end
    if header[FLOW] then
      call('ZREM', P .. 'flow:' .. header[FLOW], id)
    end
    call('DEL', job.key, P .. 'steps:' .. id)
    pruned[#pruned + 1] = id
  end
end

for _, field in ipairs(past('unique_ends')) do
  local holder = call('HGET', P .. 'uniques', field)
  if holder and tonumber(string.sub(holder, 34)) <= now then
    local state = call('HGET', P .. 'job:' .. string.sub(holder, 1, 32), 's')
    if not LIVE[state or ''] then
      call('HDEL', P .. 'uniques', field)
    end
  end
end

for _, queue in ipairs(past('openings')) do
  wake(queue)
end
undefer(limit)
flush()

local soonest = ''
for _, set in ipairs({ 'due', 'deferred', 'openings' }) do
  local first = call('ZRANGE', P .. set, 0, 0, 'WITHSCORES')[2]
  if first then
    local left = math.max(0, tonumber(first) - now)
    soonest = soonest == '' and left or math.min(soonest, left)
  end
end
return { promoted, rescued, quarantined, pruned, soonest }
