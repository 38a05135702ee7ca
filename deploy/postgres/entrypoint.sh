#!/bin/bash
# Starts PostgreSQL for one installation: creates the cluster once, then at every start renders who may connect and
# ensures the roles over the local socket, before the first TCP connection is accepted.
#
# Reads BERTH_POSTGRES_PORT, BERTH_POSTGRES_LISTEN (addresses, comma-separated), BERTH_TENANT_SUBNET,
# BERTH_DATABASE_ADMIN_PASSWORD, BERTH_CONTROL_DATABASE_PASSWORD.
set -euo pipefail

: "${BERTH_DATABASE_ADMIN_PASSWORD:?is not set}" "${BERTH_CONTROL_DATABASE_PASSWORD:?is not set}"
: "${BERTH_TENANT_SUBNET:?is not set}"
port=${BERTH_POSTGRES_PORT:-7432}
listen=${BERTH_POSTGRES_LISTEN:-127.0.0.1}
data=/var/lib/postgresql/data
run=/run/postgresql

# A cluster is whole from one instant to the next, since a container can be killed at any: it is made aside, renamed once it
# is on disk, and moved up, PG_VERSION last. One without the marker was made in place by an earlier version; its last act
# before the first connection was to make the control database, so that one without any database of ours holds nothing.
unfinished=$data/.initdb
made=$data/.made
marker=berth.made

is_made () {
  [ -s "$data/PG_VERSION" ] && { [ -e "$data/$marker" ] || compgen -G "$data/base/[1-9][0-9][0-9][0-9][0-9]*" > /dev/null; }
}

create_cluster () {
  chmod 700 "$data"
  if [ ! -d "$made" ]; then
    rm -rf "$unfinished"
    set_aside
    # The builtin provider sorts the same on every machine, whatever its C library says. It ends with fsync of all it wrote.
    initdb --pgdata="$unfinished" --username=postgres --encoding=UTF8 --locale-provider=builtin --locale=C.UTF-8 \
      --auth-local=peer --auth-host=scram-sha-256 --data-checksums --no-instructions >&2
    touch "$unfinished/$marker"
    sync "$unfinished/$marker" "$unfinished"
    mv "$unfinished" "$made"
    sync "$data"
  fi
  find "$made" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv -t "$data" {} +
  sync "$made" "$data"
  mv "$made/PG_VERSION" "$data"
  sync "$data"
}

# Kept, not removed: whatever it is, it is not ours to judge.
set_aside () {
  local aside
  aside=$data/unfinished.$(date +%s)
  local rest=(-mindepth 1 -maxdepth 1 ! -name 'unfinished.*' ! -name lost+found)
  [ -n "$(find "$data" "${rest[@]}" -print -quit)" ] || return 0
  echo "What an interrupted start left in $data holds no database; it is put into $aside." >&2
  mkdir -p "$aside"
  find "$data" "${rest[@]}" -exec mv -t "$aside" {} +
}

render_hba () {
  sed "s|@TENANT_SUBNET@|$BERTH_TENANT_SUBNET|g" /etc/berth/pg_hba.conf > "$run/pg_hba.conf"
}

server () {
  exec postgres -D "$data" -c config_file=/etc/berth/postgresql.conf -c hba_file="$run/pg_hba.conf" \
    -c port="$port" "$@"
}

# A server without TCP: nobody gets in before the passwords and the revocations are what they should be.
ensure_roles () {
  server -c listen_addresses= -c log_min_error_statement=panic -c log_min_messages=error &
  local pid=$!
  # A container that is stopped while it recovers must not wait for SIGKILL.
  trap 'kill -INT "$pid"; wait "$pid"; exit 143' INT TERM
  until pg_isready -q -h "$run" -p "$port"; do
    kill -0 "$pid" 2>/dev/null || { wait "$pid"; exit 1; }
    sleep 0.05
  done
  psql -X -q -v ON_ERROR_STOP=1 -h "$run" -p "$port" -U postgres -d postgres -f /etc/berth/roles.sql
  kill -INT "$pid"
  wait "$pid"
  trap - INT TERM
}

umask 077
is_made || create_cluster
[ ! -d "$made" ] || rmdir "$made"
render_hba
ensure_roles
unset BERTH_DATABASE_ADMIN_PASSWORD BERTH_CONTROL_DATABASE_PASSWORD
server -c listen_addresses="$listen"
