#!/bin/bash
# npm test: makes the machine fit, then checks, then tests. Files of pure logic and of single parts run side by side;
# those that own a whole installation, or stop services, run one after the other.
# Arguments are test files to run instead of all.
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=deploy/dependencies.sh
source deploy/dependencies.sh

output=test/.state
failed=()
passed_total=0
failed_total=0

heading () {
  printf '\n── %s\n' "$1"
}

# part NAME COMMAND…: runs on after a failure, so that one run tells everything.
part () {
  local name=$1 began=$SECONDS verdict=passed
  shift
  heading "$name"
  "$@" || { verdict=FAILED; failed+=("$name"); }
  printf '── %s %s (%d s)\n' "$name" "$verdict" "$((SECONDS - began))"
}

# tests NAME JOBS FILE…: on a terminal as tap shows it; elsewhere a line for each file, then the failures in full.
tests () {
  local name=$1 jobs=$2 status=0 file=$output/$1.tap
  shift 2
  [ $# -gt 0 ] || { echo 'none yet'; return; }
  local run=(tap --disable-coverage --jobs="$jobs")
  if [ -t 1 ]; then
    "${run[@]}" --reporter=base --output-file="$file" "$@" || status=$?
  else
    "${run[@]}" --reporter=tap "$@" | tee "$file" | grep --text --line-buffered -E '^(not )?ok ' || status=$?
    [ "$status" -eq 0 ] || failures "$file"
  fi
  count "$file"
  return "$status"
}

# Each failed assertion with what tap says about it.
failures () {
  echo
  awk '/^ *not ok / { left = 40 } left > 0 { print; left-- } /^ *\.\.\.$/ { left = 0 }' "$1"
}

# The closing comment of tap's own output: # { total: 12, pass: 11, fail: 1 }
count () {
  local line
  line=$(grep --text -E '^# \{ total:' "$1" | tail -n 1) || return 0
  [[ $line =~ pass:\ ([0-9]+) ]] && passed_total=$((passed_total + BASH_REMATCH[1]))
  [[ $line =~ fail:\ ([0-9]+) ]] && failed_total=$((failed_total + BASH_REMATCH[1]))
  return 0
}

# tap's own code is generated from the list of plugins in .taprc; what npm ci leaves is made from the default list.
build_tap () {
  local stamp
  stamp=$(sha256sum .taprc package-lock.json | sha256sum)
  [ "$(cat node_modules/.berth-tap 2>/dev/null)" != "$stamp" ] || return 0
  tap build
  echo "$stamp" > node_modules/.berth-tap
  echo '  ✓ tap: built with the plugins of .taprc'
}

heading 'set-up'
berth_ensure_dependencies
build_tap
node deploy/prepare.ts
node test/world/sweep.ts
node test/world/chromium.ts
mkdir -p "$output"
rm -f "$output"/*.tap

if [ $# -gt 0 ]; then
  part tests tests chosen 1 "$@"
else
  mapfile -t parallel < <(find test -name '*.test.ts' -not -path 'test/integration/*' -not -path 'test/e2e/*' \
    -not -path 'test/regressions/*' -not -path 'test/world/*' | sort)
  mapfile -t serial < <(find test/world test/integration test/regressions test/e2e -name '*.test.ts' 2>/dev/null | sort)
  part check npm run --silent check
  part 'tests of parts' tests parts 2 "${parallel[@]}"
  part 'tests of the whole' tests whole 1 "${serial[@]}"
fi

[ ${#failed[@]} -eq 0 ] || printf '\nFailed: %s\n' "$(IFS=,; echo "${failed[*]}")"
printf '\n%d passed, %d failed\n' "$passed_total" "$failed_total"
[ ${#failed[@]} -eq 0 ]
