import type { Command } from 'commander'
import { Option } from 'commander'
import { bytes, count } from '../amounts.ts'
import { CliError } from '../errors.ts'
import { localTime } from '../event-view.ts'
import { EXIT } from '../exit-codes.ts'
import { printList, table } from '../lists.ts'
import { time } from '../options.ts'
import { action, present } from '../session.ts'
import type { Context } from '../session.ts'
import type { TenantUsage, UsagePoint, UsageSum } from '../shapes.ts'
import type { Column } from '../table.ts'
import { tenantPath } from '../tenant-change.ts'
import { copy } from './audit.ts'

/** A day by the minute is more than anybody reads. */
const DEFAULT_STEP = 'hour'

interface UsageOptions { from?: string, to?: string, step?: string, csv?: boolean }

const SUMS: ReadonlyArray<Column<UsageSum>> = [
  { title: 'TENANT', text: ({ slug }) => slug, whole: true },
  { title: 'SINCE', text: ({ at }) => at === null ? '' : localTime(new Date(at), true) },
  { title: 'REQUESTS', text: ({ requests }) => count(requests), align: 'right' },
  { title: 'ERRORS', text: ({ errors }) => count(errors), align: 'right' },
  { title: 'IN', text: ({ bytesIn }) => bytes(bytesIn), align: 'right' },
  { title: 'OUT', text: ({ bytesOut }) => bytes(bytesOut), align: 'right' },
  { title: 'CPU', text: ({ cpuSeconds }) => cpu(cpuSeconds), align: 'right' }
]

const POINTS: ReadonlyArray<Column<UsagePoint>> = [
  { title: 'TIME', text: ({ at }) => localTime(new Date(at), true), whole: true },
  { title: 'REQUESTS', text: ({ requests }) => count(requests), align: 'right' },
  { title: 'ERRORS', text: ({ errors }) => count(errors), align: 'right' },
  { title: 'P50', text: ({ latency }) => ms(latency?.p50Ms), align: 'right' },
  { title: 'P99', text: ({ latency }) => ms(latency?.p99Ms), align: 'right' },
  { title: 'CPU', text: ({ cpuSeconds }) => cpu(cpuSeconds), align: 'right' },
  { title: 'MEMORY', text: ({ memoryBytes }) => bytes(memoryBytes), align: 'right' },
  { title: 'DATABASE', text: ({ databaseBytes }) => bytes(databaseBytes), align: 'right' }
]

export function usage (program: Command, context: Context): void {
  program.command('usage').description('what tenants used: sums of all, or one over time').argument('[tenant]', 'slug or id')
    .option('--from <time>', 'such as 2026-01-31, or 24h for the last day', time).option('--to <time>', 'up to this time', time)
    .addOption(new Option('--step <step>', 'how fine: minute or hour (the default) of one tenant, hour or day of all').choices(['minute', 'hour', 'day']))
    .option('--csv', 'sums as CSV')
    .action(action<UsageOptions>(context, async (session, [tenant], { from, to, step, csv }) => {
      const query = { from, to, step }
      if (tenant === undefined) {
        if (csv === true) await copy(session, '/v1/usage', { ...query, format: 'csv' }, 'text/csv')
        else await printList<UsageSum>(session, { path: '/v1/usage', query, columns: step === undefined ? SUMS.filter(({ title }) => title !== 'SINCE') : SUMS, none: 'Nothing was used.' })
        return undefined
      }
      if (csv === true) throw new CliError(EXIT.usage, 'CSV has the sums of all tenants: leave the tenant away, or take --json.')
      const used = await session.api.get<TenantUsage>(`${tenantPath(tenant)}/usage`, { ...query, step: step ?? DEFAULT_STEP })
      await present(session, used, () => table(session, POINTS, used.points))
      return undefined
    }))
}

function cpu (seconds: number | null | undefined): string {
  return seconds === null || seconds === undefined ? '–' : `${seconds < 100 ? seconds.toFixed(2) : Math.round(seconds).toLocaleString('en')} s`
}

function ms (milliseconds: number | null | undefined): string {
  return milliseconds === null || milliseconds === undefined ? '–' : `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`
}
