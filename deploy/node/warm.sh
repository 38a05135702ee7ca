#!/bin/bash
# warm FILE [URL]: runs a program once, so that its compiled modules are kept in NODE_COMPILE_CACHE. It may fail for
# want of settings or of a database: by then its modules have been loaded, and that is what counts. With a URL it is
# asked once, which compiles what serves a request, and then stopped.
set -euo pipefail

if [ $# -lt 2 ]; then
  timeout --signal=TERM 20 node "$1" >/dev/null 2>&1 || true
  exit 0
fi

node "$1" >/dev/null 2>&1 &
pid=$!
for _ in $(seq 100); do
  node -e 'fetch(process.argv[1]).catch(() => process.exit(1))' "$2" 2>/dev/null && break
  kill -0 "$pid" 2>/dev/null || break
  sleep 0.1
done
kill -TERM "$pid" 2>/dev/null || true
timeout 10 tail --pid="$pid" -f /dev/null || kill -KILL "$pid" 2>/dev/null || true
wait "$pid" || true
