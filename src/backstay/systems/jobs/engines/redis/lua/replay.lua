-- Make dead or cancelled jobs ready again. ARGV: now, organization, payload (empty: unchanged), then ids.
-- Answers the ids that were; not those whose unique key is another's by now.
local answers = {}
for at = 4, #ARGV do
  local job = load(ARGV[at])
  if job and job.h[ORG] == ARGV[2] and (job.s == 'dead' or job.s == 'cancelled')
    and not (job.h[UNIQUE_KEY] and unique_holder(job)) then
    local header = job.h
    call('ZREM', P .. 'done', job.id)
    call('HDEL', job.key, 'f', 'e', 'r', 'x', 'q', 'g', 'w', 'b', 'm')
    if ARGV[3] ~= '' then
      call('HSET', job.key, 'p', ARGV[3])
      step(job, now, job.s, '', 'edited')
    end
    job.a, job.c, job.q, job.u = 0, 0, 0, now
    call('HSET', job.key, 'a', 0, 'c', 0, 'u', now)
    for _, parent in ipairs(header[PARENTS] or {}) do
      if LIVE[call('HGET', P .. 'job:' .. parent, 's') or ''] then
        call('SADD', P .. 'children:' .. parent, job.id)
        call('HSET', P .. 'job:' .. parent, 'y', 1)
        job.q = job.q + 1
      end
    end
    if job.q > 0 then
      call('HSET', job.key, 'q', job.q)
    end
    if header[UNIQUE_KEY] then
      take_unique(job)
    end
    -- It leaves its end first, so that those behind it in its lane do not see a dead head.
    set(job, 'waiting')
    if header[ORDER_KEY] then
      join_lane(job)
      if call('HGET', P .. 'turns', lane_of(header)) == job.id then
        move_lane(job, 'parked', 'waiting', 'its key goes on')
      end
    end
    place(job)
    step(job, now, job.s, '', 'replayed')
    answers[#answers + 1] = job.id
  end
end
flush()
return answers
