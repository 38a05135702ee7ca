#!/usr/bin/env node
// The command `berth`, in JavaScript that any Node since 20 runs. The program is TypeScript, which Node itself strips of its
// types since 22.18; where this Node is older, the one that the project brings along (package node-linux-*) runs it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)
const own = major > 22 || (major === 22 && minor >= 18) ? null : ownNode()

if (own === null) {
  await import('./main.ts')
} else if (own === '') {
  console.error(`berth: Node 22.18 or newer is needed; this is ${process.version}, and the project's own is not installed here (npm ci installs it).`)
  process.exitCode = 1
} else {
  runWith(own)
}

function ownNode () {
  const require = createRequire(import.meta.url)
  try {
    const path = require.resolve(`node-${process.platform}-${process.arch}/bin/node`)
    return existsSync(path) ? path : ''
  } catch {
    return ''
  }
}

function runWith (node) {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal signals both; whoever signals this process alone means the program.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => { child.kill(signal) })
  child.on('error', err => {
    console.error(`berth: ${node} cannot be run: ${err.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => { process.exitCode = code ?? 128 + constants.signals[signal] })
}
