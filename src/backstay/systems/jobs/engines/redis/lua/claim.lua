-- Take ready jobs. ARGV: now, worker, limit, lease (microseconds), then the queues.
-- Answers flat: id, lease, header, payload, attempt, crashes, created, due of each job.
local worker, limit, length = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local wanted = {}
for at = 5, #ARGV do
  wanted[ARGV[at]] = limit
end
for _, queue in ipairs(call('SMEMBERS', P .. 'paused')) do
  wanted[queue] = nil
end

-- When the next start within a rate is allowed: `times` lists the latest starts, newest first.
local function opening(times, rate, period)
  local oldest = call('LINDEX', times, rate - 1)
  return oldest and tonumber(oldest) + period or 0
end

local function started(times, rate, period)
  call('LPUSH', times, now)
  call('LTRIM', times, 0, rate - 1)
  call('PEXPIRE', times, math.ceil(period / 1000) + 60000)
end

local rated = {}
for queue in pairs(wanted) do
  local packed = call('HGET', P .. 'limits', queue)
  if packed then
    local most = cmsgpack.unpack(packed)
    if most[1] > 0 then
      local times, room = P .. 'starts:' .. queue, 0
      rated[queue] = { times, most[1], most[2] }
      while room < limit and room < most[1] do
        local oldest = call('LINDEX', times, most[1] - 1 - room)
        if oldest and tonumber(oldest) + most[2] > now then
          call('ZADD', P .. 'openings', tonumber(oldest) + most[2], queue)
          break
        end
        room = room + 1
      end
      wanted[queue] = math.min(wanted[queue], room)
    end
    if most[3] > 0 then
      local running = tonumber(call('HGET', P .. 'counts', 'running:' .. queue)) or 0
      wanted[queue] = math.min(wanted[queue], math.max(0, most[3] - running))
    end
  end
end

local answers, taken, looked = {}, 0, 0

local function take(id, lease, due, queue)
  local key = P .. 'job:' .. id
  local found = call('HMGET', key, 'h', 'p', 'a', 'c', 'n', 'k')
  if found[6] then
    local header = cmsgpack.unpack(found[1])
    local times = P .. 'rate:' .. header[ORG] .. ':' .. header[RATE_KEY]
    local opens = opening(times, header[RATE], header[PERIOD])
    if opens > now then
      -- It comes back when its key may start again; those beyond one period's share come a period later.
      local times_deferred = P .. 'deferred:' .. header[ORG] .. ':' .. header[RATE_KEY]
      local base = tonumber(call('HGET', times_deferred, 'base')) or 0
      if base <= now then
        base = opens
        call('HSET', times_deferred, 'base', base, 'many', 0)
      end
      local before = call('HINCRBY', times_deferred, 'many', 1) - 1
      opens = base + math.floor(before / header[RATE]) * header[PERIOD]
      call('PEXPIRE', times_deferred, math.ceil((opens - now) / 1000) + 60000)
      zadd(P .. 'deferred', opens, id)
      count(queue, 'ready', -1)
      count(queue, 'scheduled', 1)
      call('HSET', key, 's', 'scheduled')
      call('ZADD', P .. 'in:' .. header[ORG] .. ':scheduled', 0, id)
      return
    end
    started(times, header[RATE], header[PERIOD])
  end
  local attempt = found[3] + 1
  call('HSET', key, 's', 'running', 'a', attempt, 'l', lease, 'w', worker, 'b', now, 'v', math.max(0, now - due))
  zadd(P .. 'leases', now + length, id)
  count(queue, 'ready', -1)
  count(queue, 'running', 1)
  if rated[queue] then
    started(unpack(rated[queue]))
  end
  wanted[queue] = wanted[queue] - 1
  taken = taken + 1
  local last = #answers
  answers[last + 1], answers[last + 2], answers[last + 3], answers[last + 4] = id, lease, found[1], found[2]
  answers[last + 5], answers[last + 6], answers[last + 7] = attempt, tonumber(found[4]) or 0, found[5]
  answers[last + 8] = due
end

-- One level: the organizations of its ring in turn, an equal share each, until nothing is left or wanted.
local function serve(level, queue)
  local ring = P .. 'ring:' .. level
  -- Jobs that their rate's key puts off are looked at in vain: a call does not look at more than this.
  while taken < limit and wanted[queue] > 0 and looked < limit + 1000 do
    local room = math.min(limit - taken, wanted[queue])
    local orgs = call('ZRANGE', ring, 0, room - 1)
    if #orgs == 0 then
      call('ZREM', P .. 'levels', level)
      return
    end
    local share = math.floor(room / #orgs)
    for _, org in ipairs(orgs) do
      local popped = call('ZPOPMIN', P .. 'ready:' .. level .. ':' .. org, share)
      -- Leases grow with every claim; those of jobs that are put off are left out.
      local lease = call('INCRBY', P .. 'lease', share) - share
      for at = 1, #popped, 2 do
        looked = looked + 1
        take(popped[at], lease + (at + 1) / 2, tonumber(popped[at + 1]), queue)
      end
      if #popped < 2 * share or call('EXISTS', P .. 'ready:' .. level .. ':' .. org) == 0 then
        call('ZREM', ring, org)
      else
        call('ZADD', ring, call('INCR', P .. 'turn'), org)
      end
    end
  end
end

undefer(limit)
-- Levels of one priority take turns in going first, so that no queue starves another.
local levels = call('ZRANGE', P .. 'levels', 0, -1, 'WITHSCORES')
local at = 1
while at <= #levels and taken < limit do
  local same = {}
  local priority = levels[at + 1]
  while at <= #levels and levels[at + 1] == priority do
    local queue = string.match(levels[at], ':(.*)$')
    if wanted[queue] then
      same[#same + 1] = { levels[at], queue }
    end
    at = at + 2
  end
  local first = #same > 1 and call('INCR', P .. 'turn') or 0
  for nth = 0, #same - 1 do
    serve(unpack(same[(first + nth) % #same + 1]))
  end
end
flush()
return answers
