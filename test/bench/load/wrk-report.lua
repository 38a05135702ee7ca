-- One line of JSON at the end, in place of a text to take apart. Times come in microseconds.
function done (summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nREPORT {"requests":%d,"seconds":%.6f,"bytes":%d,"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d},"p50Ms":%.3f,"p99Ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, e.connect, e.read, e.write, e.status, e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
