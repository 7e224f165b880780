-- Keep one job, times in microseconds. Answers '' when it is kept (or was already), else the id of the job that
-- has its unique key.
local function keep(id, packed, payload, delay, run_at)
  local header = cmsgpack.unpack(packed)
  local due = tonumber(run_at) or now + (tonumber(delay) or 0)
  local job = { id = id, key = P .. 'job:' .. id, h = header, a = 0, c = 0, q = 0, n = now, u = due }
  local holder = header[UNIQUE_KEY] and unique_holder(job)
  if holder then
    return holder
  end
  if call('HSETNX', job.key, 'h', packed) == 0 then
    return ''
  end
  zadd(P .. 'all:' .. header[ORG], 0, id)
  if header[FLOW] then
    call('ZADD', P .. 'flow:' .. header[FLOW], 0, id)
  end
  if not (header[PARENTS] or header[ORDER_KEY] or header[SLOTS] or header[RATE_KEY] or header[UNIQUE_KEY])
    and due <= now then
    -- What `place` comes to where there is no gate, in one write.
    call('HSET', job.key, 'p', payload, 'a', 0, 'n', now, 'u', due, 's', 'ready')
    count(header[QUEUE], 'ready', 1)
    ready(job, due)
    return ''
  end
  call('HSET', job.key, 'p', payload, 'a', 0, 'n', now, 'u', due)
  if header[RATE_KEY] then
    call('HSET', job.key, 'k', 1)
  end
  local doomed = false
  for _, parent in ipairs(header[PARENTS] or {}) do
    local found = call('HMGET', P .. 'job:' .. parent, 's', 'h')
    local state = found[1]
    if state and cmsgpack.unpack(found[2])[ORG] ~= header[ORG] then
      doomed = true -- another organization's job: nothing of it may be learnt
    elseif LIVE[state or ''] then
      call('SADD', P .. 'children:' .. parent, id)
      call('HSET', P .. 'job:' .. parent, 'y', 1)
      job.q = job.q + 1
    elseif (state == 'dead' or state == 'cancelled') and header[ON_FAILURE] ~= 'run' then
      doomed = true
    end
  end
  if header[UNIQUE_KEY] then
    take_unique(job)
  end
  if header[ORDER_KEY] then
    join_lane(job)
  end
  if doomed then
    set(job, 'waiting', 'z', 'waiting')
    step(job, now, 'cancelled', '', 'a job it depends on ended badly')
    finish(job, 'cancelled')
    return ''
  end
  if job.q > 0 then
    call('HSET', job.key, 'q', job.q)
  end
  place(job)
  if job.s ~= 'ready' then
    call('HSET', job.key, 'z', job.s)
  end
  return ''
end
