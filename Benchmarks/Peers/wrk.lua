-- Prints what wrk has counted as JSON for peers.py. What wrk itself prints is rounded.
function done(summary, latency)
  local errors = summary.errors
  local sockets = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "bytes": %d, "refused": %d, "socket_errors": %d, "p50": %.3f, "p99": %.3f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, errors.status, sockets,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
