-- SPDX-License-Identifier: Apache-2.0
-- wrk's requests: every one signs up an address of its own.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  run = args[1] or "0"
  count = 0
end

function request()
  count = count + 1
  local body = string.format('{"email":"user-%s-%d-%d@example.org","name":"Ada Lovelace"}', run, number, count)
  return wrk.format("POST", "/signup", { ["Content-Type"] = "application/json" }, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  print(string.format("%10.0f accepted/s   p50 %6.2f ms   p99 %6.2f ms   refused or failed %d",
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
