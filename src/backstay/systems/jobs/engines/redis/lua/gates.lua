-- The gates between a live job and its ready set: its order lane's turn, its parents, its moment, a slot of its
-- concurrency key. `place` sends a job as far as it may go; each gate calls it again when it opens.
local place

local function lane_of(header)
  return header[ORG] .. ':' .. header[ORDER_KEY]
end

-- Take a place in the order lane, and the turn if it is nobody's.
local function join_lane(job)
  local lane = lane_of(job.h)
  if not job.o then
    job.o = call('INCR', P .. 'places')
    call('HSET', job.key, 'o', job.o)
  end
  call('ZADD', P .. 'lane:' .. lane, job.o, job.id)
  call('HSETNX', P .. 'turns', lane, job.id)
end

local function give_turn(lane)
  local head = call('ZRANGE', P .. 'lane:' .. lane, 0, 0)[1]
  if head then
    call('HSET', P .. 'turns', lane, head)
    place(load(head))
  else
    call('HDEL', P .. 'turns', lane)
  end
end

local function leave_lane(job)
  local lane = lane_of(job.h)
  call('ZREM', P .. 'lane:' .. lane, job.id)
  if call('HGET', P .. 'turns', lane) == job.id then
    give_turn(lane)
  end
end

-- Those who stand behind a job in its lane, in another state.
local function move_lane(job, from, to, note)
  for _, id in ipairs(call('ZRANGE', P .. 'lane:' .. lane_of(job.h), 0, -1)) do
    local other = id ~= job.id and load(id)
    if other and other.s == from then
      set(other, to)
      step(other, now, to, '', note)
    end
  end
end

-- Let a dead job's lane go on without it.
local function give_up(job)
  if job.h[ORDER_KEY] and job.h[ORDER_FAILURE] ~= 'skip' then
    if job.h[ORDER_FAILURE] == 'park' then
      move_lane(job, 'parked', 'waiting', 'its key goes on')
    end
    leave_lane(job)
  end
end

local function take_slot(job)
  local header = job.h
  local lane = header[ORG] .. ':' .. header[SLOT_KEY]
  if (tonumber(call('HGET', P .. 'slots', lane)) or 0) < header[SLOTS] then
    call('HINCRBY', P .. 'slots', lane, 1)
    call('HSET', job.key, 't', 1)
    job.t = '1'
    return true
  end
  call('ZADD', P .. 'queueing:' .. lane, job.u, job.id)
  return false
end

local function leave_slot(job)
  local header = job.h
  local lane = header[ORG] .. ':' .. header[SLOT_KEY]
  if not job.t then
    call('ZREM', P .. 'queueing:' .. lane, job.id)
    return
  end
  call('HDEL', job.key, 't')
  job.t = nil
  if call('HINCRBY', P .. 'slots', lane, -1) <= 0 then
    call('HDEL', P .. 'slots', lane)
  end
  local following = call('ZPOPMIN', P .. 'queueing:' .. lane)[1]
  if following then
    place(load(following))
  end
end

place = function(job)
  local header = job.h
  if header[ORDER_KEY] then
    local head = call('HGET', P .. 'turns', lane_of(header))
    if head ~= job.id then
      local parked = call('HGET', P .. 'job:' .. head, 's') == 'dead'
        and cmsgpack.unpack(call('HGET', P .. 'job:' .. head, 'h'))[ORDER_FAILURE] == 'park'
      return set(job, parked and 'parked' or 'waiting')
    end
  end
  if job.q > 0 then
    return set(job, 'waiting')
  end
  if job.u > now then
    zadd(P .. 'due', job.u, job.id)
    return set(job, job.s == 'failed' and 'failed' or 'scheduled')
  end
  if header[SLOTS] and not job.t and not take_slot(job) then
    return set(job, 'waiting')
  end
  set(job, 'ready')
  -- What waited for a gate could not have started before it opened.
  ready(job, job.opened or job.u)
end

local function free_unique(job)
  local header = job.h
  local field = header[ORG] .. ':' .. header[UNIQUE_KEY]
  local holder = call('HGET', P .. 'uniques', field)
  if holder and string.sub(holder, 1, 32) == job.id then
    local till = tonumber(string.sub(holder, 34))
    if till > now then
      call('ZADD', P .. 'unique_ends', till, field)
    else
      call('HDEL', P .. 'uniques', field)
    end
  end
end

-- Who holds the unique key, if it is not this job's to take.
local function unique_holder(job)
  local header = job.h
  local holder = call('HGET', P .. 'uniques', header[ORG] .. ':' .. header[UNIQUE_KEY])
  if not holder then
    return nil
  end
  local id = string.sub(holder, 1, 32)
  if id == job.id then
    return nil
  end
  if tonumber(string.sub(holder, 34)) > now or LIVE[call('HGET', P .. 'job:' .. id, 's') or ''] then
    return id
  end
  return nil
end

local function take_unique(job)
  local header = job.h
  local till = header[UNIQUE_FOR] and job.n + header[UNIQUE_FOR] or 0
  call('HSET', P .. 'uniques', header[ORG] .. ':' .. header[UNIQUE_KEY], job.id .. ':' .. string.format('%.0f', till))
end

local finish

-- Tell the jobs that depend on this one that it has ended.
local function tell_children(job, well)
  for _, id in ipairs(call('SMEMBERS', P .. 'children:' .. job.id)) do
    local child = load(id)
    if child and LIVE[child.s] and child.q > 0 then
      if well or child.h[ON_FAILURE] == 'run' then
        child.q = call('HINCRBY', child.key, 'q', -1)
        if child.q == 0 then
          child.opened = now
          place(child)
        end
      else
        step(child, now, 'cancelled', '', 'a job it depends on ended badly')
        finish(child, 'cancelled')
      end
    end
  end
  call('DEL', P .. 'children:' .. job.id)
end

-- End a job: completed, dead or cancelled. Further fields are for its hash.
finish = function(job, state, ...)
  local header = job.h
  set(job, state, 'f', now, ...)
  zadd(P .. 'done', now + header[RETAIN], job.id)
  if header[UNIQUE_KEY] then
    free_unique(job)
  end
  if header[SLOTS] then
    leave_slot(job)
  end
  if header[ORDER_KEY] then
    if state ~= 'dead' or header[ORDER_FAILURE] == 'skip' then
      leave_lane(job)
    elseif header[ORDER_FAILURE] == 'park' then
      move_lane(job, 'waiting', 'parked', 'parked behind a dead job')
    end
  end
  if job.y then
    tell_children(job, state == 'completed')
  end
end
