#!/bin/bash
# Installs production packages exactly as package-lock.json says; arguments choose the workspace.
# Optional ones are the Node binary, which is here already, and native speed-ups that need a compiler.
set -euo pipefail

export NODE_EXTRA_CA_CERTS=/run/secrets/ca.pem
node /opt/npm/bin/npm-cli.js ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
  --no-update-notifier "$@"

# Nothing at run time reads these.
[ ! -d node_modules ] || find node_modules -type f \
  \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -iname '*.md' -o -name '*.markdown' \) -delete
