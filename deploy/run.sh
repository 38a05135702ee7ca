#!/bin/bash
# run.sh start|stop|reset|logs [ARGUMENT…]: the npm scripts of the same names.
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=deploy/dependencies.sh
source deploy/dependencies.sh
berth_ensure_dependencies

command=$1
shift
exec node "deploy/$command.ts" "$@"
