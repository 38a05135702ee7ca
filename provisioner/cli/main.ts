import { EXIT } from './exit-codes.ts'
import { run } from './program.ts'
import { Terminal } from './terminal.ts'

const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const
/** How long a command may take to come to its end after it was told to. */
const GRACE_MS = 500

const { stdin, stdout, stderr, env } = process
const terminal = new Terminal({ stdin, stdout, stderr }, env)
const interrupted = new AbortController()
let byName: keyof typeof SIGNALS | null = null
for (const name of Object.keys(SIGNALS) as Array<keyof typeof SIGNALS>) {
  process.on(name, () => {
    byName ??= name
    interrupted.abort(new Error(name))
    setTimeout(() => { process.exit(SIGNALS[name]) }, GRACE_MS).unref()
  })
}
// Who reads the result has seen enough (… | head).
stdout.on('error', (err: NodeJS.ErrnoException) => { process.exit(err.code === 'EPIPE' ? EXIT.ok : EXIT.failed) })

const code = await run(process.argv.slice(2), { terminal, env, cwd: process.cwd(), signal: interrupted.signal })
terminal.endLive()
process.exitCode = byName === null ? code : SIGNALS[byName]
