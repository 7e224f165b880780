-- Sends prepared requests in order, over and over, and prints what wrk saw as one JSON line.
--
-- wrk runs this once a thread; the harness uses one thread. Arguments: the file of requests,
-- each as "<kind> <length>\n<bytes>". Preparing them outside keeps the client's CPU low and
-- gives every contender exactly the same sequence.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  requests, creating, refusing, position = {}, {}, {}, 0
  creates, refusals = 0, 0
  local file = assert(io.open(args[1], "rb"))
  while true do
    local header = file:read("*l")
    if not header then break end
    local kind, length = header:match("^(%S+) (%d+)$")
    creating[#creating + 1] = kind:sub(1, 6) == "create" and 1 or 0
    refusing[#refusing + 1] = kind:sub(1, 6) == "refuse" and 1 or 0
    requests[#requests + 1] = file:read(tonumber(length))
  end
  file:close()
end

function request()
  position = position % #requests + 1
  creates = creates + creating[position]
  refusals = refusals + refusing[position]
  return requests[position]
end

function done(summary, latency, _)
  local created, refused = 0, 0
  for _, thread in ipairs(threads) do
    created = created + thread:get("creates")
    refused = refused + thread:get("refusals")
  end
  local e = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "bytes": %d, "errors": %d, "creates": %d, "refused": %d, "refusals": %d, "p50": %.3f, "p99": %.3f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    e.connect + e.read + e.write + e.timeout, created, e.status, refused,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
