-- End a live job, or give up a dead one, so that its lane goes on. ARGV: now, organization, id. Answers its state now, or '' if that organization has no such job.
local job = load(ARGV[3])
if not job or job.h[ORG] ~= ARGV[2] then
  return ''
end
if job.s == 'running' then
  call('HSET', job.key, 'x', 1)
  return job.s
end
if job.s == 'dead' then
  call('ZREM', P .. 'done', job.id)
  give_up(job)
elseif not LIVE[job.s] then
  return job.s
elseif job.s == 'ready' then
  unready(job)
else
  call('ZREM', P .. 'due', job.id)
  call('ZREM', P .. 'deferred', job.id)
end
step(job, now, 'cancelled', '', 'cancelled')
finish(job, 'cancelled')
flush()
return job.s
