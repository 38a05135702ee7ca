import type { Command } from 'commander'
import { UnreachableError } from '../errors.ts'
import { localTime } from '../event-view.ts'
import { printList } from '../lists.ts'
import { integer, time } from '../options.ts'
import { action } from '../session.ts'
import type { Context, Session } from '../session.ts'
import type { AuditEntry } from '../shapes.ts'

const DEFAULT_LIMIT = 50

interface Filter { actor?: string, action?: string, tenant?: string, target?: string, from?: string, to?: string }

function filterable (command: Command): Command {
  return command
    .option('--actor <name>', 'id or name of the token').option('--action <action>', 'such as tenant.create')
    .option('--tenant <tenant>', 'slug or id').option('--target <id>', 'id of what was changed')
    .option('--from <time>', 'such as 2026-01-31T12:00:00Z, or 24h for the last day', time).option('--to <time>', 'up to this time', time)
}

export function audit (program: Command, context: Context): void {
  const group = program.command('audit').description('who did what')

  filterable(group.command('list').alias('ls').description('list what was done, the newest last'))
    .option('-n, --limit <count>', 'so many of the last', integer(1, 1_000_000), DEFAULT_LIMIT)
    .action(action<Filter & { limit: number }>(context, async (session, _args, { limit: max, ...filter }) => {
      const { terminal } = session
      await printList<AuditEntry>(session, {
        path: '/v1/audit',
        query: queryOf(filter),
        max,
        columns: [
          { title: 'TIME', text: ({ at }) => localTime(new Date(at), true), whole: true },
          { title: 'WHO', text: ({ actor }) => actor.name },
          { title: 'WHAT', text: ({ action }) => action, whole: true },
          { title: 'TARGET', text: ({ target }) => target === null ? '' : target.name ?? target.id },
          { title: 'STATUS', text: ({ status }) => String(status), paint: (shown, { status }) => status < 400 ? shown : terminal.paint('red', shown) },
          { title: 'FROM', text: ({ address }) => address ?? '' }
        ],
        none: 'Nothing was done.',
        newestLast: true
      })
      return undefined
    }))

  filterable(group.command('export').description('write all that was done to standard output, the oldest first, as NDJSON'))
    .action(action<Filter>(context, async (session, _args, filter) => {
      await copy(session, '/v1/audit/export', queryOf(filter), 'application/x-ndjson')
      return undefined
    }))
}

/** Copies an answer to the result as it comes. */
export async function copy ({ api, terminal }: Session, path: string, query: Readonly<Record<string, string | undefined>>, accept: string): Promise<void> {
  const incoming = await api.open('GET', path, { query, headers: { accept } })
  try {
    for await (const chunk of incoming) await terminal.write(chunk as Buffer)
  } catch (cause) {
    api.signal.throwIfAborted()
    throw new UnreachableError('The connection broke off: what was written is not all.', { cause })
  }
}

function queryOf ({ actor, action, tenant, target, from, to }: Filter): Record<string, string | undefined> {
  return { actor, action, tenant, target, from, to }
}
