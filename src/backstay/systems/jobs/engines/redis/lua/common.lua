-- What every verb begins with. KEYS[1] is the prefix of all keys, with the hash tag that keeps them in one
-- slot; ARGV[1] is the present in microseconds where a test controls it, else empty: the server's own clock.
--
-- job:<id>          hash  h header (see format.py), p payload, s state, a attempt, c crashes, l lease, w worker,
--                         n created, u due (run_at), z first state, b begun, f finished, v waited, r result,
--                         e error, g progress, x cancel asked, q parents pending, y has children, o place in
--                         its order lane, t holds a slot of its concurrency key, k has a rate key,
--                         m the note of its completion
-- ready:<level>:<org> zset  due -> id; a level is <priority>:<queue>
-- ring:<level>        zset  turn -> org with ready jobs; levels: zset of the levels whose ring is not empty
-- due, leases, done   zset  moment -> id: when to promote, to rescue, to prune
-- deferred            zset  moment -> id: jobs that passed every gate and wait for their rate's key
-- queues              set   of every queue of which a job has run
-- all:<org>           zset  of all its ids; in:<org>:<state>: of those in the states of INDEXED
local P, call = KEYS[1], redis.call
local now
if ARGV[1] == '' then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
else
  now = tonumber(ARGV[1])
end

local QUEUE, PRIORITY, ORG, RETAIN, MAX_CRASHES, ORDER_KEY, ORDER_FAILURE = 1, 2, 3, 4, 5, 6, 7
local SLOT_KEY, SLOTS, RATE_KEY, RATE, PERIOD, UNIQUE_KEY, UNIQUE_FOR = 8, 9, 10, 11, 12, 13, 14
local PARENTS, ON_FAILURE, FLOW, SCHEDULE, KIND, TRACE = 15, 16, 17, 18, 19, 20

local LIVE = { scheduled = true, waiting = true, ready = true, running = true, failed = true, parked = true }
local COUNTED = {
  scheduled = true, waiting = true, ready = true, running = true, failed = true, parked = true, dead = true,
}
local INDEXED = {
  scheduled = true, waiting = true, failed = true, parked = true, dead = true, cancelled = true,
}

local batches, counts, minutes, wakes = {}, {}, {}, {}

-- Keep a ZADD for the end of the script: one call for each key instead of one for each job.
local function zadd(key, score, member)
  local batch = batches[key]
  if not batch then
    batch = {}
    batches[key] = batch
  end
  batch[#batch + 1] = score
  batch[#batch + 1] = member
end

local function count(queue, state, by)
  if COUNTED[state] then
    local field = state .. ':' .. queue
    counts[field] = (counts[field] or 0) + by
  end
end

local function minute(queue, what, by)
  local field = what .. ':' .. queue
  minutes[field] = (minutes[field] or 0) + by
end

local function wake(queue)
  wakes[queue] = true
end

-- Write what was kept; every verb that changes something ends with it.
local function flush()
  for key, batch in pairs(batches) do
    for first = 1, #batch, 4000 do
      call('ZADD', key, unpack(batch, first, math.min(first + 3999, #batch)))
    end
  end
  for field, by in pairs(counts) do
    if by ~= 0 and call('HINCRBY', P .. 'counts', field, by) == 0 then
      call('HDEL', P .. 'counts', field)
    end
  end
  local key = P .. 'minute:' .. math.floor(now / 60000000)
  for field, by in pairs(minutes) do
    call('HINCRBY', key, field, by)
    local queue = string.match(field, ':(.*)$')
    if queue ~= '' then
      call('SADD', P .. 'queues', queue)
    end
  end
  if next(minutes) then
    call('EXPIRE', key, 172800)
  end
  for queue in pairs(wakes) do
    call('PUBLISH', P .. 'wake', queue)
  end
end

local function load(id)
  local found = call('HMGET', P .. 'job:' .. id, 'h', 's', 'a', 'c', 'l', 'u', 'n', 'b', 'x', 'q', 'y', 'o', 't', 'w', 'v')
  if not found[1] then
    return nil
  end
  return {
    id = id, key = P .. 'job:' .. id, h = cmsgpack.unpack(found[1]), s = found[2], a = tonumber(found[3]),
    c = tonumber(found[4]) or 0, l = tonumber(found[5]), u = tonumber(found[6]), n = tonumber(found[7]),
    b = tonumber(found[8]), x = found[9], q = tonumber(found[10]) or 0, y = found[11], o = tonumber(found[12]),
    t = found[13], w = found[14] or '', v = tonumber(found[15]) or 0,
  }
end

-- Move a job to a state, with further fields of its hash.
local function set(job, state, ...)
  if job.s ~= state then
    local header = job.h
    if job.s then
      count(header[QUEUE], job.s, -1)
      if INDEXED[job.s] then
        call('ZREM', P .. 'in:' .. header[ORG] .. ':' .. job.s, job.id)
      end
    end
    count(header[QUEUE], state, 1)
    if INDEXED[state] then
      call('ZADD', P .. 'in:' .. header[ORG] .. ':' .. state, 0, job.id)
    end
    job.s = state
  end
  call('HSET', job.key, 's', state, ...)
end

-- Note a step that the job's own fields will not tell any more.
local function step(job, at, state, worker, note, err)
  call('RPUSH', P .. 'steps:' .. job.id, cmsgpack.pack({ at, state, job.a, worker, err or '', note }))
end

local function level_of(header)
  return header[PRIORITY] .. ':' .. header[QUEUE]
end

local rung = {}
-- Hand a job out. An organization joins the end of its level's ring with its first ready job, and only then
-- are workers woken: those who found the ring empty wait, the others come by themselves.
local function ready(job, at)
  local header = job.h
  local level, org = level_of(header), header[ORG]
  zadd(P .. 'ready:' .. level .. ':' .. org, at, job.id)
  local seat = level .. ':' .. org
  if not rung[seat] then
    rung[seat] = true
    if call('ZADD', P .. 'ring:' .. level, 'NX', call('INCR', P .. 'turn'), org) == 1 then
      call('ZADD', P .. 'levels', header[PRIORITY], level)
      wake(header[QUEUE])
    end
  end
end

-- Bring back jobs whose rate's key has opened; written at once, for a claim looks at them next.
local function undefer(limit)
  for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'deferred', '-inf', now, 'LIMIT', 0, limit)) do
    call('ZREM', P .. 'deferred', id)
    local job = load(id)
    if job then
      set(job, 'ready')
      ready(job, job.u)
      local key = P .. 'ready:' .. level_of(job.h) .. ':' .. job.h[ORG]
      call('ZADD', key, unpack(batches[key]))
      batches[key] = nil
    end
  end
end

local function unready(job)
  local level = level_of(job.h)
  local key = P .. 'ready:' .. level .. ':' .. job.h[ORG]
  call('ZREM', key, job.id)
  if call('EXISTS', key) == 0 and call('ZREM', P .. 'ring:' .. level, job.h[ORG]) == 1 then
    if call('EXISTS', P .. 'ring:' .. level) == 0 then
      call('ZREM', P .. 'levels', level)
    end
  end
end
