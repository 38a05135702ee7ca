#!/bin/bash
# warm FILE [URL]: runs a program once, so that its compiled modules are kept in NODE_COMPILE_CACHE. It may fail for
# want of settings or of a database: by then its modules have been loaded, and that is what counts. A program that cannot
# even be loaded fails the build. With a URL it is asked once, which compiles what serves a request, and then stopped.
set -euo pipefail

log=$(mktemp)
node "$1" >"$log" 2>&1 &
pid=$!
for _ in $(seq 100); do
  kill -0 "$pid" 2>/dev/null || break
  [ $# -lt 2 ] || ! node -e 'fetch(process.argv[1]).catch(() => process.exit(1))' "$2" 2>/dev/null || break
  sleep 0.1
done
kill -TERM "$pid" 2>/dev/null || true
timeout 10 tail --pid="$pid" -f /dev/null || kill -KILL "$pid" 2>/dev/null || true
wait "$pid" || true
if grep -qE 'ERR_MODULE_NOT_FOUND|ERR_PACKAGE_PATH_NOT_EXPORTED|SyntaxError' "$log"; then
  cat "$log" >&2
  exit 1
fi
rm -f "$log"
