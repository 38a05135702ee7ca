import type { Command } from 'commander'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { isPassing } from '../api.ts'
import { ApiError, UnreachableError } from '../errors.ts'
import { logLines } from '../log-lines.ts'
import type { LogLine } from '../log-lines.ts'
import { integer } from '../options.ts'
import { printable } from '../printable.ts'
import { action } from '../session.ts'
import type { Context, Session } from '../session.ts'
import { tenantPath } from '../tenant-change.ts'

const DEFAULT_TAIL = 200
/** How far back a new connection looks for where the one before broke off. */
const OVERLAP = 1000
const AGAIN_MS = 1000

interface LogOptions { follow?: boolean, tail: number }

export function logs (program: Command, context: Context): void {
  program.command('logs').description('show what the newest instance of a tenant wrote').argument('<tenant>', 'slug or id')
    .option('-f, --follow', 'go on with what comes, also from the instances that follow')
    .option('-n, --tail <count>', 'so many of the last lines', integer(0, 10_000), DEFAULT_TAIL)
    .action(action<LogOptions>(context, async (session, [name = ''], options) => {
      await printLogs(session, `${tenantPath(name)}/logs`, options)
      return undefined
    }))
}

/**
 * Prints the log, and with `follow` goes on over connections and instances until the tenant is gone or the reader leaves. A new connection begins
 * after the last line of the one before, by its time. JSON is one object a line.
 */
async function printLogs (session: Session, path: string, { follow = false, tail }: LogOptions): Promise<void> {
  const { api, terminal } = session
  let last: LogLine['at'] = null
  let instance = ''
  for (let connected = false, quiet = false; ; await pause(AGAIN_MS, undefined, { signal: api.signal })) {
    try {
      const incoming = await api.open('GET', path, { query: { tail: connected ? OVERLAP : tail, follow } })
      const name = String(incoming.headers['x-berth-instance'] ?? '')
      if (name !== instance && connected && !session.json) terminal.say(terminal.tint('dim', `— now ${name}`))
      // The lines of another instance are all new.
      const after: LogLine['at'] = name === instance ? last : null
      instance = name
      connected = true
      quiet = false
      for await (const line of logLines(incoming)) {
        if (after !== null && line.at !== null && line.at <= after) continue
        if (line.at !== null) last = line.at
        await printLine(session, instance, line)
      }
      if (!follow) return
    } catch (err) {
      api.signal.throwIfAborted()
      const away = isPassing(err) || (connected && !(err instanceof ApiError))
      const without = err instanceof ApiError && err.body.code === 'no_instance'
      if (!follow && !(err instanceof ApiError)) throw err instanceof UnreachableError ? err : new UnreachableError('The connection to the API broke off within the log.', { cause: err })
      if (!follow || !connected || !(away || without)) throw err
      if (!quiet && !session.json) terminal.say(terminal.tint('dim', without ? '— no instance now; waiting for one' : '— the connection broke off; trying again'))
      quiet = true
    }
  }
}

async function printLine ({ terminal, json }: Session, instance: string, { at, text }: LogLine): Promise<void> {
  if (json) await terminal.print(JSON.stringify({ at, instance, text }))
  else if (terminal.width === null) await terminal.print(at === null ? text : `${at} ${text}`)
  // What tenants write must not reach the terminal as commands to it.
  else await terminal.print(`${at === null ? '' : terminal.paint('dim', at.slice(0, 19) + 'Z') + ' '}${printable(stripVTControlCharacters(text))}`)
}
