-- One job as it is. ARGV: now, id. Answers its hash and its steps.
return { call('HGETALL', P .. 'job:' .. ARGV[2]), call('LRANGE', P .. 'steps:' .. ARGV[2], 0, -1) }
