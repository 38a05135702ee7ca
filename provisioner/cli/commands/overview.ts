import type { Command } from 'commander'
import { ago, bytes, count } from '../amounts.ts'
import { table } from '../lists.ts'
import { oneLine } from '../printable.ts'
import { action, present } from '../session.ts'
import type { Context, Session } from '../session.ts'
import type { Overview, Whoami } from '../shapes.ts'
import { fieldLines } from '../table.ts'
import { paintStatus } from '../tenant-view.ts'

export function overview (program: Command, context: Context): void {
  program.command('whoami').description('show by which token this is, and where')
    .action(action(context, async session => {
      const who = await session.api.get<Whoami>('/v1/whoami')
      const { token, installation, version, baseDomain, publicUrl } = who
      await present(session, who, () => fieldLines([
        ['token', `${token.name} (${token.id})`],
        ['scope', token.scope],
        ['tenants', token.tenants === null ? 'all' : token.tenants.join(', ')],
        ['expires', token.expiresAt ?? 'never'],
        ['installation', `${installation}, version ${version}`],
        ['base domain', baseDomain],
        ['public url', publicUrl]
      ]))
      return undefined
    }))

  program.command('overview').description('show how the installation is, and what needs attention')
    .action(action(context, async session => {
      const body = await session.api.get<Overview>('/v1/overview')
      await present(session, body, () => overviewLines(session, body))
      return undefined
    }))
}

function overviewLines (session: Session, { tenants, attention, webhooks, releases, traffic, machine, databaseServers, rollouts }: Overview): string[] {
  const { terminal, nowMs } = session
  const sum = (name: 'requests' | 'errors'): string => count(traffic.points.reduce((total, point) => total + point[name], 0))
  const part = (lines: string[]): string[] => lines.length === 0 ? [] : ['', ...lines]
  return [
    ...fieldLines([
      ['tenants', [`${count(tenants.total)}`, ...Object.entries(tenants.byStatus).filter(([, number]) => number > 0).map(([status, number]) => `${number} ${status}`)].join(', ')],
      ['requests', `${sum('requests')} since ${traffic.from}, ${sum('errors')} of them errors`],
      ['machine', machine === null ? null : `load ${machine.load1.toFixed(2)} on ${machine.cpus} cores, ${bytes(machine.memoryFreeBytes)} of ${bytes(machine.memoryBytes)} memory free, ${bytes(machine.diskFreeBytes)} of ${bytes(machine.diskBytes)} disk free`],
      ...databaseServers.map(({ name, databases, connections, maxConnections, bytes: size }) =>
        [`database ${name}`, `${count(databases)} databases, ${count(connections)} of ${count(maxConnections)} connections, ${bytes(size)}`] as const)
    ]),
    ...part(attention.length + webhooks.length === 0 ? [terminal.paint('green', 'Nothing needs attention.')] : []),
    ...part(webhooks.length === 0
      ? []
      : table(session, [
        { title: 'DISABLED WEBHOOK', text: ({ id }) => id, whole: true }, { title: 'HOST', text: ({ host }) => host }, { title: 'WAITING', text: ({ waiting }) => count(waiting), align: 'right' }, { title: 'WHY', text: ({ reason }) => reason }
      ], webhooks)),
    ...part(attention.length === 0
      ? []
      : table(session, [
        { title: 'NEEDS ATTENTION', text: ({ tenant }) => tenant.slug, whole: true },
        { title: 'STATUS', text: ({ status }) => status, paint: (shown, { status }) => paintStatus(terminal, status, shown) },
        { title: 'SINCE', text: ({ condition }) => condition === null ? '' : `${ago(condition.since, nowMs)} ago` },
        { title: 'WHY', text: ({ condition }) => condition === null ? '' : `${condition.reason}: ${condition.message}` }
      ], attention)),
    ...part(releases.length === 0
      ? []
      : table(session, [
        { title: 'RELEASE', text: ({ version }) => version, whole: true }, { title: 'STATE', text: ({ state }) => state }, { title: 'TENANTS', text: ({ tenants }) => count(tenants), align: 'right' }
      ], releases)),
    ...part(rollouts.map(({ id, release, state, done, total }) => oneLine(`rollout ${id} to ${release}: ${state}, ${done}/${total}`)))
  ]
}
