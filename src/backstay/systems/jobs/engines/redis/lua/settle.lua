-- End claims. ARGV: now, then a list of {id, lease, to, delay, result, error, spent, note} in MessagePack.
-- Answers for each: 1, or 0 when the lease is the job's no more: then nothing was changed but the count of such.
local answers, ended, limited = {}, {}, {}

local function again(job, to, delay, err, note)
  step(job, job.b, 'running', job.w, 'claimed')
  if job.x then
    step(job, now, 'cancelled', job.w, 'cancelled while it ran', err)
    return finish(job, 'cancelled', 'a', job.a)
  end
  step(job, now, to, job.w, note, err)
  if to == 'ready' then
    call('HSET', job.key, 'a', job.a)
    return place(job)
  end
  job.u = now + delay
  set(job, to, 'a', job.a, 'u', job.u)
  if err then
    call('HSET', job.key, 'e', err)
  end
  if job.h[SLOTS] then
    leave_slot(job)
  end
  place(job)
end

local function settle(id, lease, to, delay, result, err, spent, note)
  local job = load(id)
  if not job or job.s ~= 'running' or job.l ~= lease then
    minute(job and job.h[QUEUE] or '', 'stale', 1)
    return 0
  end
  local queue = job.h[QUEUE]
  ended[#ended + 1] = id
  if not spent then
    job.a = job.a - 1
  end
  if to == 'completed' or to == 'dead' or to == 'failed' then
    minute(queue, to, 1)
    if to == 'dead' then
      minute(queue, 'failed', 1)
    end
    minute(queue, 'wait', job.v)
    minute(queue, 'run', now - job.b)
  end
  if to == 'completed' then
    if note ~= '' then
      call('HSET', job.key, 'm', note)
    end
    if result then
      finish(job, to, 'r', result)
    else
      finish(job, to)
    end
  elseif to == 'dead' or to == 'cancelled' then
    step(job, job.b, 'running', job.w, 'claimed')
    step(job, now, to, job.w, note, err)
    if err then
      finish(job, to, 'a', job.a, 'e', err)
    else
      finish(job, to, 'a', job.a)
    end
  else
    again(job, to, delay, err, note)
  end
  -- A queue that is limited has ready jobs that nobody was woken for.
  if limited[queue] == nil then
    limited[queue] = call('HEXISTS', P .. 'limits', queue) == 1
    if limited[queue] then
      wake(queue)
    end
  end
  return 1
end

for at, outcome in ipairs(cmsgpack.unpack(ARGV[2])) do
  answers[at] = settle(unpack(outcome, 1, 8))
end
for first = 1, #ended, 4000 do
  call('ZREM', P .. 'leases', unpack(ended, first, math.min(first + 3999, #ended)))
end
flush()
return answers
