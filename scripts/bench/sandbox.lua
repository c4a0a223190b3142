-- wrk asks for stacks: SCRIPT one|all KEY=COUNT...
--
-- Signs nothing: account and region stand in the credential scope, which is all that a simulated service reads.
-- `one` describes one stack by its name, `all` the first page of an account; accounts and names go round.
local requests, turn = {}, 0

function init(arguments)
  local what, region = arguments[1], arguments[2]
  for index = 3, #arguments do
    local key, count = arguments[index]:match("^(.+)=(%d+)$")
    local headers = {
      ["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8",
      ["X-Amz-Date"] = "20260101T000000Z",
      ["Authorization"] = "AWS4-HMAC-SHA256 Credential=" .. key .. "/20260101/" .. region ..
        "/cloudformation/aws4_request, SignedHeaders=host;x-amz-date, Signature=" .. string.rep("0", 64),
    }
    local body = "Action=DescribeStacks&Version=2010-05-15"
    for number = 0, (what == "one" and tonumber(count) - 1 or 0) do
      local asked = what == "one" and body .. "&StackName=stack-" .. number or body
      requests[#requests + 1] = wrk.format("POST", "/", headers, asked)
    end
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status, latency:percentile(99)))
end
