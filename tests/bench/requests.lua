-- wrk: sends the lines of a file in turn as bodies; tells how many were answered and how many went wrong.
-- Arguments after `--`: file of bodies, one a line; then headers as pairs of name and value.
local bodies, turn = {}, 0

function init(args)
  for line in io.lines(args[1]) do bodies[#bodies + 1] = line end
  local headers = { ["Content-Type"] = "application/json" }
  for i = 2, #args, 2 do headers[args[i]] = args[i + 1] end
  for i, body in ipairs(bodies) do bodies[i] = wrk.format("POST", nil, headers, body) end
end

function request()
  turn = turn % #bodies + 1
  return bodies[turn]
end

function done(summary)
  local errors = summary.errors
  local wrong = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  io.write(string.format("\n%d %d %d\n", summary.requests, summary.duration, wrong))
end
