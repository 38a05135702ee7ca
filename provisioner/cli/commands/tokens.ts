import type { Command } from 'commander'
import { Option } from 'commander'
import { ago } from '../amounts.ts'
import { segment } from '../api.ts'
import { EXIT } from '../exit-codes.ts'
import { printList } from '../lists.ts'
import { commaSeparated, seconds } from '../options.ts'
import { action, present } from '../session.ts'
import type { Context } from '../session.ts'
import type { CreatedToken, Token } from '../shapes.ts'
import { withoutEmpty } from '../tenant-input.ts'

interface CreateOptions { scope: string, tenants?: string[], expires?: number }

export function tokens (program: Command, context: Context): void {
  const group = program.command('tokens').alias('token').description('who may use the API')

  group.command('list').alias('ls').description('list tokens').option('--revoked', 'those that were revoked, too')
    .action(action<{ revoked?: boolean }>(context, async (session, _args, { revoked }) => {
      const { nowMs, terminal } = session
      await printList<Token>(session, {
        path: '/v1/tokens',
        query: { revoked: revoked === true ? undefined : false },
        columns: [
          { title: 'ID', text: ({ id }) => id, whole: true },
          { title: 'NAME', text: ({ name }) => name },
          { title: 'SCOPE', text: ({ scope }) => scope },
          { title: 'TENANTS', text: ({ tenants }) => tenants === null ? 'all' : tenants.join(',') },
          { title: 'STATE', text: token => stateOf(token, nowMs), paint: (shown, token) => stateOf(token, nowMs) === 'active' ? shown : terminal.paint('red', shown) },
          { title: 'LAST USED', text: ({ lastUsedAt }) => lastUsedAt === null ? 'never' : `${ago(lastUsedAt, nowMs)} ago` },
          { title: 'EXPIRES', text: ({ expiresAt }) => expiresAt === null ? 'never' : expiresAt.slice(0, 16).replace('T', ' ') }
        ],
        none: 'No tokens.'
      })
      return undefined
    }))

  group.command('create').description('make a token; it is shown once, on standard output').argument('<name>', 'what or whom it is for')
    .addOption(new Option('--scope <scope>', 'read; operate (no deletion of tenants, no tokens); admin').choices(['read', 'operate', 'admin']).makeOptionMandatory())
    .option('--tenants <names>', 'only for these: slugs or ids, with commas between them (again for more)', commaSeparated)
    .option('--expires <span>', 'how long it is valid, such as 12h or 90d', seconds)
    .action(action<CreateOptions>(context, async (session, [name = ''], { scope, tenants, expires }) => {
      const { body } = await session.api.call<CreatedToken>('POST', '/v1/tokens', { body: withoutEmpty({ name, scope, tenants, expiresInSeconds: expires }) })
      // The answer that had it did not arrive, and it is in no second one.
      if (body.secret === null) {
        session.terminal.say(`The connection broke off, and with it the secret of token ${body.id} is lost: "berth tokens revoke ${body.id}", and make another.`)
        return EXIT.failed
      }
      const { secret } = body
      if (!session.json) session.terminal.say(`Token ${body.id} (${body.scope})${body.expiresAt === null ? '' : `, until ${body.expiresAt}`}. It is shown this once:`)
      await present(session, body, () => [secret])
      return undefined
    }))

  group.command('revoke').description('end a token').argument('<id>')
    .action(action(context, async (session, [id = '']) => {
      await session.api.call('DELETE', `/v1/tokens/${segment(id)}`)
      if (!session.json) session.terminal.say(`Token ${id} is revoked.`)
      return undefined
    }))
}

function stateOf ({ revokedAt, expiresAt }: Token, nowMs: number): string {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs ? 'expired' : 'active'
}
