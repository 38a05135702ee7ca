import type { Command } from 'commander'
import { Option } from 'commander'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { printList } from '../lists.ts'
import { commaSeparated, integer } from '../options.ts'
import { newRollout } from '../rollout-input.ts'
import type { RolloutOptions } from '../rollout-input.ts'
import { moveLines, rolloutColumns, rolloutLines } from '../rollout-view.ts'
import { action, present } from '../session.ts'
import type { Context } from '../session.ts'
import type { Move, Page, Rollout } from '../shapes.ts'
import { withoutEmpty } from '../tenant-input.ts'
import { rolloutPath, watchRollout } from '../watch-rollout.ts'
import { strategyOption } from './deploy.ts'

const ACTIONS = [
  ['pause', 'begin with no more tenants; those under way come to their end'],
  ['resume', 'go on with a paused rollout; tenants that failed have their turn again'],
  ['abort', 'end a rollout; tenants that were moved stay where they are']
] as const
const MOVE_STATES = ['waiting', 'moving', 'moved', 'unchanged', 'failed', 'skipped', 'returning', 'returned', 'stuck'] as const satisfies ReadonlyArray<Move['state']>
const SHOWN_MOVES = 50

interface Watch { wait?: boolean }
type Changes = Pick<RolloutOptions, 'concurrency' | 'maxFailures' | 'onFailure'> & { release?: string }

function paceOptions (command: Command): Command {
  return command
    .option('--concurrency <count>', 'tenants that are moved at once (4)', integer(1, 256))
    .option('--max-failures <count>', 'so many may fail; one more stops it (0)', integer(0, 1_000_000))
    .addOption(new Option('--on-failure <what>', 'what stopping is').choices(['pause', 'rollback']))
}

export function rollouts (program: Command, context: Context): void {
  const group = program.command('rollouts').alias('rollout').description('moves of many tenants to a release')

  paceOptions(group.command('create').description('move tenants to a release, wave after wave; all of them unless options say which')
    .argument('<release>', 'version of the release')
    .option('--tenants <names>', 'slugs or ids, with commas between them (again for more)', commaSeparated)
    .option('--slug-prefix <text>', 'those whose slug begins so')
    .option('--search <text>', 'those with this in the slug or the name')
    .option('--from <version>', 'those at this release')
    .option('--canary <count>', 'how many go first, or which part of them, such as 10%')
    .option('--waves <count>', 'into how many waves the others are divided', integer(1, 100)))
    .addOption(strategyOption())
    .option('-w, --wait', 'watch it to its end')
    .action(action<RolloutOptions & Watch>(context, async (session, [release = ''], options) => {
      const { body } = await session.api.call<Rollout>('POST', '/v1/rollouts', { body: newRollout(release, options) })
      if (options.wait === true) {
        if (!session.json) session.terminal.say(`Rollout ${body.id}`)
        return await watchRollout(session, body.id)
      }
      await present(session, body, () => rolloutLines(session, body))
      return undefined
    }))

  group.command('list').alias('ls').description('list rollouts, newest first').option('-n, --limit <count>', 'so many at most', integer(1, 1_000_000))
    .action(action<{ limit?: number }>(context, async (session, _args, { limit: max }) => {
      await printList(session, { path: '/v1/rollouts', max, columns: rolloutColumns(session), none: 'No rollouts.' })
      return undefined
    }))

  group.command('get').alias('show').description('show a rollout, and where its tenants are').argument('<id>')
    .addOption(new Option('--state <state>', 'only tenants of this state').choices(MOVE_STATES))
    .option('--all', `all of its tenants, not only the first ${SHOWN_MOVES}`)
    .action(action<{ state?: string, all?: boolean }>(context, async (session, [id = ''], { state, all }) => {
      const path = rolloutPath(id)
      const rollout = await session.api.get<Rollout & { moves: Page<Move> }>(path, { state, limit: SHOWN_MOVES })
      const { moves } = rollout
      if (all === true) {
        while (moves.nextCursor !== null) {
          const { moves: next } = await session.api.get<{ moves: Page<Move> }>(path, { state, limit: 200, cursor: moves.nextCursor })
          moves.items.push(...next.items)
          moves.nextCursor = next.nextCursor
        }
      }
      await present(session, rollout, () => [...rolloutLines(session, rollout), ...moves.items.length === 0 ? [] : ['', ...moveLines(session, moves.items)]])
      if (moves.nextCursor !== null && !session.json) session.terminal.say('There are more; --all shows them.')
      return undefined
    }))

  group.command('watch').description('show how a rollout goes, to its end').argument('<id>')
    .action(action(context, async (session, [id = '']) => await watchRollout(session, id)))

  paceOptions(group.command('update').description('change a rollout that has not ended; its release while it is paused').argument('<id>')
    .option('--release <version>', 'such as one in which is mended what made tenants fail'))
    .action(action<Changes>(context, async (session, [id = ''], { release, concurrency, maxFailures, onFailure }) => {
      const patch = withoutEmpty({ release, concurrency, maxFailures, onFailure })
      if (Object.keys(patch).length === 0) throw new CliError(EXIT.usage, 'There is nothing to change: name an option such as --concurrency.')
      const { body } = await session.api.call<Rollout>('PATCH', rolloutPath(id), { body: patch })
      await present(session, body, () => rolloutLines(session, body))
      return undefined
    }))

  for (const [verb, description] of ACTIONS) {
    const command = group.command(verb).description(description).argument('<id>')
    if (verb === 'resume') command.option('-w, --wait', 'watch it to its end')
    command.action(action<Watch>(context, async (session, [id = ''], { wait }) => {
      const { body } = await session.api.call<Rollout>('POST', `${rolloutPath(id)}/${verb}`)
      if (wait === true) return await watchRollout(session, id)
      await present(session, body, () => rolloutLines(session, body))
      return undefined
    }))
  }
}
