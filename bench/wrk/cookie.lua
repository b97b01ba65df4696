-- Each request carries a random cookie of a file.
-- wrk -s cookie.lua http://… -- <file>

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local requests = {}

function init(args)
  for cookie in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", "/v1/session", { Host = "localhost", Cookie = cookie })
  end
  -- Threads that all pick the same way would walk through the file in step.
  math.randomseed(number + 1)
end

function request()
  return requests[math.random(#requests)]
end
