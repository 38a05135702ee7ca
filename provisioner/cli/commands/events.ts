import type { Command } from 'commander'
import { serverSentEvents } from '../event-stream.ts'
import { eventLines } from '../event-view.ts'
import type { ExitCode } from '../exit-codes.ts'
import { integer } from '../options.ts'
import { action } from '../session.ts'
import type { Context, Session } from '../session.ts'
import type { Event } from '../shapes.ts'
import { tenantPath } from '../tenant-change.ts'

const DEFAULT_LIMIT = 50

export interface EventOptions { follow?: boolean, limit?: number }

export function events (program: Command, context: Context): void {
  program.command('events').description('show what happened to a tenant, the newest last').argument('<tenant>', 'slug or id')
    .option('-f, --follow', 'go on with what comes')
    .option('-n, --limit <count>', `so many of the last (${DEFAULT_LIMIT})`, integer(0, 1_000_000))
    .action(action<EventOptions>(context, async (session, [name = ''], options) => await printEvents(session, `${tenantPath(name)}/events`, options)))
}

/** The last events of a tenant or a release, and with `follow` those that come: until it is gone, or the reader leaves. JSON is one event a line. */
export async function printEvents (session: Session, path: string, { follow, limit = DEFAULT_LIMIT }: EventOptions): Promise<ExitCode | undefined> {
  const { api, terminal, json } = session
  const print = async (event: Event): Promise<void> => {
    await terminal.print(...json ? [JSON.stringify(event)] : eventLines(event, (style, text) => terminal.paint(style, text), true))
  }
  const before: Event[] = []
  // One is read even when none is wanted: the stream begins after it.
  for await (const event of api.items<Event>(path, {}, Math.max(limit, 1))) before.unshift(event)
  for (const event of limit === 0 ? [] : before) await print(event)
  if (follow !== true) return undefined
  for await (const { event, data } of serverSentEvents(api, path, String(before.at(-1)?.id ?? 0))) {
    if (event === 'deleted') {
      if (!json) terminal.say('It is deleted.')
      return undefined
    }
    await print(JSON.parse(data) as Event)
  }
  return undefined
}
