import type { Command } from 'commander'
import { Option } from 'commander'
import { action } from '../session.ts'
import type { Context } from '../session.ts'
import type { Release } from '../shapes.ts'
import { changeTenant, tenantPath } from '../tenant-change.ts'
import type { WaitOptions } from '../tenant-change.ts'
import { waitable } from './tenants.ts'

const STRATEGIES = ['start-first', 'stop-first'] as const satisfies ReadonlyArray<Release['strategy']>

export function strategyOption (): Option {
  return new Option('--strategy <strategy>', 'how the new instance follows the old one').choices(STRATEGIES)
}

export function deploy (program: Command, context: Context): void {
  waitable(program.command('deploy').description('move a tenant to a release; the same one again tries it again')
    .argument('<tenant>', 'slug or id').argument('<release>', 'version of the release').addOption(strategyOption()))
    .action(action<WaitOptions & { strategy?: string }>(context, async (session, [name = '', release = ''], options) => {
      const body = { release, ...(options.strategy === undefined ? {} : { strategy: options.strategy }) }
      return await changeTenant(session, { method: 'POST', path: `${tenantPath(name)}/deploy`, body, said: `"${name}" is to be at release "${release}".` }, options)
    }))

  waitable(program.command('rollback').description('move a tenant back to the release that it was last healthy with; its data stays as it is')
    .argument('<tenant>', 'slug or id'))
    .action(action<WaitOptions>(context, async (session, [name = ''], options) =>
      await changeTenant(session, { method: 'POST', path: `${tenantPath(name)}/rollback`, said: `"${name}" is to be back at the release before.` }, options)))
}
