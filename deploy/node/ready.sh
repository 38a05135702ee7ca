#!/bin/bash
# berth-ready ADDRESS PORT: succeeds when GET /readyz answers 200. Cheap enough to be asked every few seconds, which
# starting a Node for it would not be.
set -euo pipefail

exec 3<>"/dev/tcp/$1/$2"
printf 'GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
read -r -t 3 _ status _ <&3
[ "$status" = 200 ]
