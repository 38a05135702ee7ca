import type { Command } from 'commander'
import { Option } from 'commander'
import { ago } from '../amounts.ts'
import { segment } from '../api.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { printList } from '../lists.ts'
import { commaSeparated, integer } from '../options.ts'
import { action, present } from '../session.ts'
import type { Context, Session } from '../session.ts'
import type { Delivery, Webhook } from '../shapes.ts'
import { fieldLines } from '../table.ts'
import { withoutEmpty } from '../tenant-input.ts'

const PATH = '/v1/webhooks'
const DEFAULT_DELIVERIES = 50

interface Options { events?: string[], tenants?: string[], allTenants?: boolean, url?: string, state?: string }

export function webhooks (program: Command, context: Context): void {
  const group = program.command('webhooks').alias('webhook').description('who is told of what happens')

  group.command('list').alias('ls').description('list webhooks')
    .action(action(context, async session => {
      const { terminal, nowMs } = session
      await printList<Webhook>(session, {
        path: PATH,
        columns: [
          { title: 'ID', text: ({ id }) => id, whole: true },
          { title: 'URL', text: ({ url }) => url },
          { title: 'EVENTS', text: ({ events }) => events.join(',') },
          { title: 'STATE', text: ({ state }) => state, paint: (shown, { state }) => terminal.paint(state === 'active' ? 'green' : 'red', shown) },
          { title: 'LAST DELIVERY', text: ({ lastDeliveryAt }) => lastDeliveryAt === null ? 'never' : `${ago(lastDeliveryAt, nowMs)} ago` }
        ],
        none: 'No webhooks.'
      })
      return undefined
    }))

  group.command('get').alias('show').description('show a webhook').argument('<id>')
    .action(action(context, async (session, [id = '']) => await show(session, await session.api.get<Webhook>(pathOf(id)))))

  group.command('create').description('have an address told; the secret that signs is shown once, on standard output').argument('<url>')
    .option('--events <names>', 'such as tenant.* or InstanceHealthy, with commas between them; all when not given', commaSeparated)
    .option('--tenants <names>', 'only of these: slugs or ids, with commas between them', commaSeparated)
    .action(action<Options>(context, async (session, [url = ''], { events = ['*'], tenants }) => {
      const { body } = await session.api.call<Webhook & { secret: string }>('POST', PATH, { body: withoutEmpty({ url, events, tenants }) })
      if (!session.json) session.terminal.say(`Webhook ${body.id}. Its secret is shown this once:`)
      await present(session, body, () => [body.secret])
      return undefined
    }))

  group.command('update').description('change a webhook').argument('<id>')
    .option('--url <url>').option('--events <names>', 'with commas between them', commaSeparated).option('--tenants <names>', 'with commas between them', commaSeparated).option('--all-tenants', 'of all of them again')
    .addOption(new Option('--state <state>', 'active again, or disabled').choices(['active', 'disabled']))
    .action(action<Options>(context, async (session, [id = ''], { url, events, tenants, allTenants, state }) => {
      const patch = withoutEmpty({ url, events, tenants: allTenants === true ? null : tenants, state })
      if (Object.keys(patch).length === 0) throw new CliError(EXIT.usage, 'There is nothing to change: name an option such as --events.')
      return await show(session, (await session.api.call<Webhook>('PATCH', pathOf(id), { body: patch })).body)
    }))

  group.command('delete').alias('rm').description('delete a webhook').argument('<id>')
    .action(action(context, async (session, [id = '']) => {
      await session.api.call('DELETE', pathOf(id))
      if (!session.json) session.terminal.say(`Webhook ${id} is deleted.`)
      return undefined
    }))

  group.command('test').description('send a webhook a notice to try it').argument('<id>')
    .action(action(context, async (session, [id = '']) => await sent(session, `${pathOf(id)}/test`)))

  group.command('deliveries').description('list what a webhook was sent, the newest last').argument('<id>')
    .option('-n, --limit <count>', 'so many of the last', integer(1, 1_000_000), DEFAULT_DELIVERIES)
    .action(action<{ limit: number }>(context, async (session, [id = ''], { limit: max }) => {
      const { nowMs } = session
      await printList<Delivery>(session, {
        path: `${pathOf(id)}/deliveries`,
        max,
        columns: [
          { title: 'ID', text: ({ id }) => id, whole: true },
          { title: 'AGE', text: ({ createdAt }) => ago(createdAt, nowMs) },
          { title: 'TYPE', text: ({ type }) => type },
          { title: 'STATE', text: ({ state, nextAttemptAt }) => state === 'pending' && nextAttemptAt === null ? 'held' : state },
          { title: 'TRIES', text: ({ attempts }) => String(attempts), align: 'right' },
          { title: 'ANSWER', text: ({ lastAttempt }) => String(lastAttempt?.status ?? lastAttempt?.error ?? '') }
        ],
        none: 'It was sent nothing yet.',
        newestLast: true
      })
      return undefined
    }))

  group.command('redeliver').description('send a webhook once more what it was sent').argument('<id>').argument('<delivery>')
    .action(action(context, async (session, [id = '', delivery = '']) => await sent(session, `${pathOf(id)}/deliveries/${segment(delivery)}/redeliver`)))
}

function pathOf (id: string): string {
  return `${PATH}/${segment(id)}`
}

async function show (session: Session, webhook: Webhook): Promise<undefined> {
  const { id, url, events, tenants, state, disabledReason, createdAt, lastDeliveryAt } = webhook
  await present(session, webhook, () => fieldLines([
    ['id', id], ['url', url], ['events', events.join(', ')], ['tenants', tenants === null ? 'all' : tenants.join(', ')],
    ['state', disabledReason === null ? state : `${state}: ${disabledReason}`], ['created', createdAt], ['last delivery', lastDeliveryAt ?? 'never']
  ]))
}

async function sent (session: Session, path: string): Promise<undefined> {
  const { body } = await session.api.call<unknown>('POST', path)
  if (session.json && body !== null) await present(session, body, () => [])
  else if (!session.json) session.terminal.say('It is on its way; "berth webhooks deliveries" shows what becomes of it.')
}
