# Sourced by the scripts behind npm: sees to it that node_modules is what package-lock.json says, and puts its Node 24
# first on PATH. Needs no more than Node 20 and npm.
# shellcheck shell=bash

berth_fail () {
  printf '\n✗ %s\n' "$1" >&2
  exit 1
}

# Prints the hash of the lock file when node_modules was made from another one.
berth_stale_lock () {
  local hash
  hash=$(sha256sum package-lock.json | cut -d' ' -f1)
  [ "$(cat node_modules/.berth-lock 2>/dev/null)" = "$hash" ] && return
  # Made by somebody's own npm, after the lock file was written: as good.
  if [ node_modules/.package-lock.json -nt package-lock.json ]; then
    echo "$hash" > node_modules/.berth-lock
    return
  fi
  echo "$hash"
}

berth_ensure_dependencies () {
  [ "$(uname -s)" = Linux ] || berth_fail 'Berth runs on Linux. On another system use a Linux virtual machine.'
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    berth_fail 'Node 20 or newer with npm is needed (https://nodejs.org, or the packages of your distribution).'
  fi
  local major stale began=$SECONDS
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || berth_fail "Node 20 or newer is needed; this is $(node --version)."

  stale=$(berth_stale_lock)
  if [ -n "$stale" ]; then
    echo '  … Dependencies: npm ci'
    npm ci --no-audit --no-fund --loglevel=error >&2 || berth_fail 'npm ci failed. Its reason stands above.'
    echo "$stale" > node_modules/.berth-lock
    echo "  ✓ Dependencies: installed ($((SECONDS - began)) s)"
  fi
  [ -x node_modules/.bin/node ] ||
    berth_fail "There is no Node 24 for this machine ($(uname -m)) among the dependencies. Berth runs on x86-64 and 64-bit ARM with glibc."
  # npm links the programs of other packages only.
  [ -e node_modules/.bin/berth ] || ln -s ../../provisioner/cli/berth.js node_modules/.bin/berth
  PATH="$PWD/node_modules/.bin:$PATH"
}
