import type { Command } from 'commander'
import { Option } from 'commander'
import { segment } from '../api.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { printList } from '../lists.ts'
import { collect, integer, limit, numberOrDefault, seconds, sizeOrDefault, variable, variableFile } from '../options.ts'
import { action, present } from '../session.ts'
import type { Context } from '../session.ts'
import type { Tenant } from '../shapes.ts'
import { changeTenant, settling, tenantPath } from '../tenant-change.ts'
import type { WaitOptions } from '../tenant-change.ts'
import { newTenant, tenantPatch } from '../tenant-input.ts'
import type { ChangeOptions, CreateOptions } from '../tenant-input.ts'
import { tenantColumns, tenantLines } from '../tenant-view.ts'

const STATUSES = ['provisioning', 'ready', 'degraded', 'asleep', 'suspended', 'failed', 'deleting'] as const satisfies ReadonlyArray<Tenant['status']>
const ACTIONS = [
  ['suspend', 'stop a tenant; its visitors are told, its data stays', 'is to be suspended'],
  ['resume', 'bring a suspended tenant back', 'is to run again'],
  ['restart', 'replace the instance of a tenant by a new one, without a gap', 'is to be restarted']
] as const
const DEFAULT_TIMEOUT_SECONDS = 600

interface ListOptions { search?: string, status?: string, release?: string, limit?: number }

/** Adds what every command has that can wait for its change. */
export function waitable (command: Command): Command {
  return command
    .option('-w, --wait', 'wait until it settled, and show the steps')
    .option('--timeout <span>', 'how long to wait', seconds, DEFAULT_TIMEOUT_SECONDS)
}

export function tenants (program: Command, context: Context): void {
  const group = program.command('tenants').alias('tenant').description('customers: each with a container, a database and domains')

  group.command('list').alias('ls').description('list tenants, oldest first')
    .option('-s, --search <text>', 'part of the slug or of the name')
    .addOption(new Option('--status <status>', 'only those of this status').choices(STATUSES))
    .option('--release <version>', 'only those at this release')
    .option('-n, --limit <count>', 'so many at most', integer(1, 1_000_000))
    .action(action<ListOptions>(context, async (session, _args, { search: q, status, release, limit: max }) => {
      await printList(session, { path: '/v1/tenants', query: { q, status, release }, max, columns: tenantColumns(session), none: 'No tenants.' })
      return undefined
    }))

  group.command('get').alias('show').description('show a tenant, its domains and its conditions')
    .argument('<tenant>', 'slug or id')
    .action(action(context, async (session, [name = '']) => {
      const tenant = await session.api.get<Tenant>(tenantPath(name))
      await present(session, tenant, () => tenantLines(session, tenant))
      return undefined
    }))

  waitable(group.command('create').description('create a tenant')
    .argument('<slug>', '1 to 40 of a–z, 0–9 and inner hyphens')
    .option('--name <name>', 'for people; the slug when not given')
    .option('--domain <host>', 'a further domain (again for more)', collect)
    .option('--release <version>', 'the newest usable one when not given')
    .option('--env <NAME=VALUE>', 'an environment variable (again for more); others can see it in the list of processes', variable)
    .option('--env-file <file>', 'a file with NAME=VALUE a line; - is standard input', variableFile)
    .option('--limit <NAME=NUMBER>', 'a limit of the gateway, such as requestsPerSecond=50 (again for more)', limit))
    .action(action<CreateOptions & WaitOptions>(context, async (session, [slug = ''], options) =>
      await changeTenant(session, { method: 'POST', path: '/v1/tenants', body: newTenant(slug, options), said: `"${slug}" is to be created.`, isNew: true }, options)))

  waitable(group.command('update').description('change the name, environment, resources or limits of a tenant')
    .argument('<tenant>', 'slug or id')
    .option('--name <name>', 'for people')
    .option('--env <NAME=VALUE>', 'set an environment variable (again for more); others can see it in the list of processes', variable)
    .option('--env-file <file>', 'set those of a file with NAME=VALUE a line; - is standard input', variableFile)
    .option('--unset-env <name>', 'take an environment variable away (again for more)', collect)
    .option('--memory <size>', 'such as 512m, or "default"', sizeOrDefault)
    .option('--cpus <number>', 'cores, such as 0.5, or "default"', numberOrDefault)
    .option('--pids <number>', 'processes and threads, or "default"', numberOrDefault)
    .option('--limit <NAME=NUMBER>', 'a limit of the gateway, or NAME=default (again for more)', limit))
    .action(action<ChangeOptions & WaitOptions>(context, async (session, [name = ''], options) => {
      const patch = tenantPatch(options)
      if (patch === null) throw new CliError(EXIT.usage, 'There is nothing to change: name an option such as --name or --env.')
      return await changeTenant(session, { method: 'PATCH', path: tenantPath(name), body: patch, said: `"${name}" is to be changed.` }, options)
    }))

  for (const [verb, description, said] of ACTIONS) {
    waitable(group.command(verb).description(description).argument('<tenant>', 'slug or id'))
      .action(action<WaitOptions>(context, async (session, [name = ''], options) =>
        await changeTenant(session, { method: 'POST', path: `${tenantPath(name)}/${verb}`, said: `"${name}" ${said}.` }, options)))
  }

  waitable(group.command('delete').description('delete a tenant and all that is its')
    .argument('<tenant>', 'slug or id')
    .option('-y, --yes', 'without being asked'))
    .action(action<WaitOptions & { yes?: boolean }>(context, async (session, [name = ''], options) => {
      const { terminal, api } = session
      let target = name
      if (options.yes !== true) {
        if (!terminal.canAsk) throw new CliError(EXIT.usage, 'Deleting takes all data of the tenant. Nobody can be asked here: say --yes.')
        const { id, slug, url } = await api.get<Tenant>(tenantPath(name))
        const typed = await terminal.ask(`This deletes the tenant at ${url} with its database and all that is its.\nType its slug, ${slug}, to do so: `, api.signal)
        if (typed?.trim() !== slug) throw new CliError(EXIT.failed, 'That is not its slug. Nothing was deleted.')
        // By its id: the slug could be another's by now.
        target = id
      }
      return await settling(session, { method: 'DELETE', path: `/v1/tenants/${segment(target)}`, said: `"${name}" is being deleted.` }, options, async () => {
        if (!session.json) terminal.say(`"${name}" is deleted.`)
        return undefined
      })
    }))
}
