#!/bin/bash
# npm start: on a bare machine up to the demo tenant. All but the first step is TypeScript (deploy/start.ts).
exec bash "$(dirname "$0")/run.sh" start "$@"
