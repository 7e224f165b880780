-- All or nothing. KEYS: one a take. ARGV: first 1 to take or 0 to look; then of each take its algorithm
-- (1 GCRA, 2 log, 3 counter), quota, span, capacity, interval, cost, and 1 for a shadow.
-- Answers admitted, remaining, reset and retry of each, -1 for no retry. Times are microseconds; every
-- number stays below 2^53, where Lua's are exact. It mirrors engines/algorithms, and is held against it.
local floor, max, min = math.floor, math.max, math.min

local function numbers_of(text)
  local found = {}
  if text then
    for number in string.gmatch(text, '%d+') do
      found[#found + 1] = tonumber(number)
    end
  end
  return found
end

local function text_of(numbers)
  local texts = {}
  for place, number in ipairs(numbers) do
    texts[place] = string.format('%.0f', number)
  end
  return table.concat(texts, ' ')
end

local function joined(flat, moment, cost)
  if flat[#flat - 1] == moment then
    flat[#flat] = flat[#flat] + cost
  else
    flat[#flat + 1] = moment
    flat[#flat + 1] = cost
  end
end

-- Each answers admitted, remaining, reset, retry or nil, what to keep when taken, what to keep otherwise.
local function gcra(state, _, _, capacity, interval, cost)
  local tolerance = capacity * interval
  local base, mended = state[1] or now, nil
  if base > now + tolerance then
    base = now + tolerance
    mended = { base }
  end
  base = max(base, now)
  if cost > capacity then
    return false, 0, base - now, nil, nil, mended
  end
  local after = base + cost * interval
  local over = after - now - tolerance
  if over > 0 then
    return false, floor((now + tolerance - base) / interval), base - now, over, nil, mended
  end
  return true, floor(-over / interval), after - now, nil, { after }, mended
end

local function log(state, quota, span, _, _, cost)
  local mended, live, used = nil, {}, 0
  if #state > 0 and state[#state - 1] > now then
    mended = {}
  end
  for place = 1, #state, 2 do
    local moment = min(state[place], now)
    if mended then
      joined(mended, moment, state[place + 1])
    end
    if moment > now - span then
      joined(live, moment, state[place + 1])
      used = used + state[place + 1]
    end
  end
  local reset = 0
  if #live > 0 then
    reset = live[#live - 1] + span - now
  end
  if cost > quota then
    return false, 0, reset, nil, nil, mended
  end
  local wanted = used + cost - quota
  if wanted > 0 then
    for place = 1, #live, 2 do
      wanted = wanted - live[place + 1]
      if wanted <= 0 then
        return false, max(0, quota - used), reset, live[place] + span - now, nil, mended
      end
    end
  end
  if cost == 0 then
    return true, quota - used, reset, nil, nil, mended
  end
  joined(live, now, cost)
  return true, quota - used - cost, span, nil, live, mended
end

local function counter(state, quota, span, _, _, cost)
  local number, length = floor(now / span), span / 1000
  local since = number * span - now
  local before, count, mended = 0, 0, nil
  if state[1] and state[1] > number then
    state = { number, state[2], state[3] }
    mended = state
  end
  if state[1] == number then
    before, count = state[2], state[3]
  elseif state[1] == number - 1 then
    before = state[3]
  end
  local room = quota * length - before * (length - floor(-since / 1000)) - count * length
  local reset = 0
  if count > 0 then
    reset = since + 2 * span
  elseif before > 0 then
    reset = since + span
  end
  if cost > quota then
    return false, 0, reset, nil, nil, mended
  end
  if cost * length > room then
    local retry
    if count + cost <= quota then
      retry = since + (length - floor((quota - count - cost) * length / before)) * 1000
    else
      retry = since + span + max(0, length - floor((quota - cost) * length / count)) * 1000
    end
    return false, max(0, floor(room / length)), reset, retry, nil, mended
  end
  local remaining = floor((room - cost * length) / length)
  if cost == 0 then
    return true, remaining, reset, nil, nil, mended
  end
  return true, remaining, since + 2 * span, nil, { number, before, count + cost }, mended
end

local steps = { gcra, log, counter }

local function ends_at(algorithm, state, span)
  if algorithm == 1 then
    return state[1]
  elseif algorithm == 2 then
    return state[#state - 1] + span
  end
  return (state[1] + 2) * span
end

local taking, veto = ARGV[1] == '1', false
local takes = {}
for place, key in ipairs(KEYS) do
  local from = (place - 1) * 7 + 1
  local take = { key = key, state = numbers_of(redis.call('GET', key)) }
  for index = 1, 7 do
    take[index] = tonumber(ARGV[from + index])
  end
  take.admitted, take.remaining, take.reset, take.retry, take.taken, take.mended =
    steps[take[1]](take.state, take[2], take[3], take[4], take[5], take[6])
  veto = veto or not (take.admitted or take[7] == 1)
  takes[place] = take
end

local answer = {}
for _, take in ipairs(takes) do
  local kept = take.mended
  if take.admitted and take[6] > 0 then
    if veto then
      local _
      _, take.remaining, take.reset = steps[take[1]](take.state, take[2], take[3], take[4], take[5], 0)
    else
      kept = take.taken
    end
  end
  if taking and kept then
    keep(take.key, text_of(kept), ends_at(take[1], kept, take[3]) - now)
  end
  answer[#answer + 1] = take.admitted and 1 or 0
  answer[#answer + 1] = take.remaining
  answer[#answer + 1] = take.reset
  answer[#answer + 1] = take.retry or -1
end
return answer
