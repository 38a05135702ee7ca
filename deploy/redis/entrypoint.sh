#!/bin/bash
# Starts Redis for one installation. The password goes into a file on a tmpfs: argument lists are public on a machine.
# Reads BERTH_REDIS_PORT and BERTH_REDIS_PASSWORD.
set -euo pipefail

: "${BERTH_REDIS_PASSWORD:?is not set}"
umask 077
escaped=${BERTH_REDIS_PASSWORD//\\/\\\\}
escaped=${escaped//\"/\\\"}
{
  echo 'include /etc/berth/redis.conf'
  echo "port ${BERTH_REDIS_PORT:-7379}"
  echo "requirepass \"$escaped\""
} > /run/redis/redis.conf
unset BERTH_REDIS_PASSWORD escaped
exec redis-server /run/redis/redis.conf
