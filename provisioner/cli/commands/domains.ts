import type { Command } from 'commander'
import { segment } from '../api.ts'
import { table } from '../lists.ts'
import { action, present } from '../session.ts'
import type { Context } from '../session.ts'
import type { Tenant } from '../shapes.ts'
import { changeTenant, settling, tenantPath } from '../tenant-change.ts'
import type { WaitOptions } from '../tenant-change.ts'
import { waitable } from './tenants.ts'

export function domains (program: Command, context: Context): void {
  const group = program.command('domains').alias('domain').description('hostnames that lead to a tenant')

  group.command('list').alias('ls').description('list the domains of a tenant').argument('<tenant>', 'slug or id')
    .action(action(context, async (session, [name = '']) => {
      const { domains } = await session.api.get<Tenant>(tenantPath(name))
      await present(session, domains, () => table(session, [
        { title: 'HOST', text: ({ host }) => host, whole: true }, { title: 'PRIMARY', text: ({ primary }) => primary ? 'yes' : '' }
      ], domains))
      return undefined
    }))

  waitable(group.command('add').description('give a tenant a domain, or make one of its domains the primary')
    .argument('<tenant>', 'slug or id').argument('<host>', 'such as www.example.com')
    .option('--primary', 'the tenant\'s url has this host from now on'))
    .action(action<WaitOptions & { primary?: boolean }>(context, async (session, [name = '', host = ''], options) => {
      const body = { host, ...(options.primary === true ? { primary: true } : {}) }
      return await changeTenant(session, { method: 'POST', path: `${tenantPath(name)}/domains`, body, said: `"${host}" is to be a domain of "${name}".` }, options)
    }))

  waitable(group.command('remove').alias('rm').description('take a domain from a tenant').argument('<tenant>', 'slug or id').argument('<host>'))
    .action(action<WaitOptions>(context, async (session, [name = '', host = ''], options) =>
      await settling(session, { method: 'DELETE', path: `${tenantPath(name)}/domains/${segment(host)}`, said: `"${host}" is to be taken from "${name}".` }, options, async () => {
        if (!session.json) session.terminal.say(`"${host}" is no domain of "${name}" any more.`)
        return undefined
      })))
}
