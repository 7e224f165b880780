-- The relay's lease. ARGV: now, `take` or `leave`, then the lease in milliseconds or the token.
-- `take` answers a token greater than all before it, 0 while another relay works. `leave` is for a relay that found
-- no row left: whatever was moved has left the database.
if ARGV[2] == 'take' then
  if call('EXISTS', P .. 'relay') == 1 then
    return 0
  end
  local token = call('INCR', P .. 'relays')
  call('SET', P .. 'relay', token, 'PX', ARGV[3])
  return token
end
if call('GET', P .. 'relay') ~= ARGV[3] then
  return 0
end
call('DEL', P .. 'relay', P .. 'moved')
return 1
