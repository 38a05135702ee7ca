import type { Command } from 'commander'
import { ago, bytes } from '../amounts.ts'
import { segment } from '../api.ts'
import { changeAndWait } from '../await-change.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { printList } from '../lists.ts'
import { integer, number, size, variable, variableFile } from '../options.ts'
import { newRelease } from '../release-input.ts'
import type { ReleaseOptions } from '../release-input.ts'
import { action, present } from '../session.ts'
import type { Context, Session } from '../session.ts'
import type { Release } from '../shapes.ts'
import { fieldLines } from '../table.ts'
import type { WaitOptions } from '../tenant-change.ts'
import { strategyOption } from './deploy.ts'
import { printEvents } from './events.ts'
import type { EventOptions } from './events.ts'
import { waitable } from './tenants.ts'

const STYLES = { verifying: 'cyan', usable: 'green', rejected: 'red' } as const

export function releases (program: Command, context: Context): void {
  const group = program.command('releases').alias('release').description('versions of the application')

  group.command('list').alias('ls').description('list releases, newest first').option('-n, --limit <count>', 'so many at most', integer(1, 1_000_000))
    .action(action<{ limit?: number }>(context, async (session, _args, { limit: max }) => {
      const { terminal, nowMs } = session
      await printList<Release>(session, {
        path: '/v1/releases',
        max,
        columns: [
          { title: 'VERSION', text: ({ version }) => version, whole: true },
          { title: 'STATE', text: ({ state }) => state, paint: (shown, { state }) => terminal.paint(STYLES[state], shown) },
          { title: 'AGE', text: ({ createdAt }) => ago(createdAt, nowMs) },
          { title: 'IMAGE', text: ({ image }) => image },
          { title: 'WHY', text: ({ state, conditions }) => state === 'rejected' ? conditions[0]?.message ?? '' : '' }
        ],
        none: 'No releases.'
      })
      return undefined
    }))

  group.command('get').alias('show').description('show a release, and what was found of it').argument('<version>')
    .action(action(context, async (session, [version = '']) => {
      const release = await session.api.get<Release>(`/v1/releases/${segment(version)}`)
      await present(session, release, () => releaseLines(session, release))
      return undefined
    }))

  waitable(group.command('create').description('register a release, and have it proven')
    .argument('<version>', '1 to 64 letters, digits, dots, underscores and hyphens')
    .requiredOption('--image <reference>', 'such as registry.example.com/shop:1.4.2')
    .option('--port <port>', 'where the application listens (3000)', integer(1, 65535))
    .option('--health-path <path>', 'answers 2xx when the application is ready (/)')
    .option('--migrate <command>', 'run by /bin/sh -c before an instance starts; a JSON array is run as it is')
    .option('--env <NAME=VALUE>', 'an environment variable (again for more); others can see it in the list of processes', variable)
    .option('--env-file <file>', 'a file with NAME=VALUE a line; - is standard input', variableFile)
    .option('--memory <size>', 'such as 512m', size).option('--cpus <number>', 'cores, such as 0.5', number).option('--pids <number>', 'processes and threads', number)
    .option('--volume', 'every tenant gets a volume at /data').addOption(strategyOption()))
    .action(action<ReleaseOptions & WaitOptions>(context, async (session, [version = ''], options) => {
      const body = newRelease(version, options)
      if (body === null) throw new CliError(EXIT.usage, '--migrate is a command for the shell, or a JSON array of a program and its arguments.')
      const call = { method: 'POST', path: '/v1/releases', body }
      if (options.wait !== true) {
        const { body: release } = await session.api.call<Release>(call.method, call.path, { body })
        if (session.json) await present(session, release, () => [])
        else session.terminal.say(`"${version}" is being proven; "berth releases events ${version} -f" shows how it goes.`)
        return undefined
      }
      const { body: release } = await changeAndWait<Release>(session, { ...call, eventsPath: () => `/v1/releases/${segment(version)}/events`, after: 0, timeoutSeconds: options.timeout })
      await present(session, release, () => releaseLines(session, release))
      return release.state === 'usable' ? undefined : EXIT.failed
    }))

  group.command('cancel').description('end the proof of a release: it is rejected').argument('<version>')
    .action(action(context, async (session, [version = '']) => {
      const { body: release } = await session.api.call<Release>('POST', `/v1/releases/${segment(version)}/cancel`)
      await present(session, release, () => releaseLines(session, release))
      return undefined
    }))

  group.command('events').description('show how the proof of a release went, or goes').argument('<version>')
    .option('-f, --follow', 'go on with what comes').option('-n, --limit <count>', 'so many at most', integer(1, 1_000_000))
    .action(action<EventOptions>(context, async (session, [version = ''], options) => await printEvents(session, `/v1/releases/${segment(version)}/events`, options)))
}

function releaseLines ({ terminal, nowMs }: Session, release: Release): string[] {
  const { version, state, conditions, image, pinned, port, healthPath, migrate, migratesFrom, migrates, env, resources, volume, strategy, createdAt } = release
  const { memoryBytes, cpus, pids } = resources
  return fieldLines([
    ['version', version],
    ['state', state],
    ['because', conditions[0] === undefined ? null : `${conditions[0].reason}: ${conditions[0].message}`],
    ['image', image],
    ['pinned', pinned],
    ['port', String(port)],
    ['health path', healthPath],
    ['migrate', migrate === null ? null : migrate.join(' ')],
    ['migrates', migrates === null ? null : `${migrates ? 'yes' : 'nothing'}, from ${migratesFrom ?? 'an empty database'}`],
    ['env', Object.keys(env).join(', ')],
    ['resources', [memoryBytes === undefined ? '' : bytes(memoryBytes), cpus === undefined ? '' : `${cpus} cores`, pids === undefined ? '' : `${pids} processes`].filter(text => text !== '').join(', ')],
    ['volume', volume ? 'at /data' : null],
    ['strategy', strategy],
    ['created', `${createdAt} (${ago(createdAt, nowMs)} ago)`]
  ]).map(line => line.startsWith('state') ? terminal.paint(STYLES[state], line) : line)
}
