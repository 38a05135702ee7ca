import { ago } from './amounts.ts'
import { table } from './lists.ts'
import type { Session } from './session.ts'
import type { Tenant } from './shapes.ts'
import { fieldLines } from './table.ts'
import type { Column } from './table.ts'
import type { Style, Terminal } from './terminal.ts'

const STYLES: Readonly<Record<Tenant['status'], Style>> = {
  provisioning: 'cyan', ready: 'green', degraded: 'yellow', asleep: 'dim', suspended: 'dim', failed: 'red', deleting: 'magenta'
}

export function paintStatus (terminal: Terminal, status: string, shown = status): string {
  const style = new Map<string, Style>(Object.entries(STYLES)).get(status)
  return style === undefined ? shown : terminal.paint(style, shown)
}

/** The status, and whether it speaks of what is wanted now. */
export function statusText ({ status, generation, observedGeneration }: Pick<Tenant, 'status' | 'generation' | 'observedGeneration'>): string {
  return observedGeneration < generation && status !== 'provisioning' && status !== 'deleting' ? `${status}, changing` : status
}

export function tenantColumns ({ terminal, nowMs }: Session): Array<Column<Tenant>> {
  return [
    { title: 'SLUG', text: ({ slug }) => slug, whole: true },
    { title: 'NAME', text: ({ name }) => name },
    { title: 'STATUS', text: statusText, paint: (shown, { status }) => paintStatus(terminal, status, shown) },
    { title: 'RELEASE', text: ({ release }) => release },
    { title: 'AGE', text: ({ createdAt }) => ago(createdAt, nowMs) },
    { title: 'URL', text: ({ url }) => url }
  ]
}

/** All that there is to say of one tenant. Of its environment the names: values can be secrets, and are in the JSON. */
export function tenantLines (session: Session, tenant: Tenant): string[] {
  const { terminal, nowMs } = session
  const { id, slug, name, url, domains, release, env, resources, limits, generation, observedGeneration, conditions, createdAt } = tenant
  const pairs = (object: object): string => Object.entries(object).map(([key, value]) => `${key}=${String(value)}`).join(' ')
  return [
    ...fieldLines([
      ['slug', slug],
      ['name', name],
      ['id', id],
      ['status', statusText(tenant)],
      ['url', url],
      ['release', release],
      ['domains', domains.map(({ host, primary }) => primary ? `${host} (primary)` : host).join(', ')],
      ['env', Object.keys(env).join(', ')],
      ['resources', pairs(resources)],
      ['limits', pairs(limits)],
      ['generation', observedGeneration === generation ? String(generation) : `${generation} (observed ${observedGeneration})`],
      ['created', `${createdAt} (${ago(createdAt, nowMs)} ago)`]
    ]).map(line => line.startsWith('status') ? paintStatus(terminal, tenant.status, line) : line),
    ...conditions.length === 0 ? [] : ['', ...table(session, conditionColumns(session), conditions)]
  ]
}

type Condition = Tenant['conditions'][number]

function conditionColumns ({ terminal, nowMs }: Session): Array<Column<Condition>> {
  return [
    { title: 'CONDITION', text: ({ type }) => type, whole: true },
    { title: 'STATUS', text: ({ status }) => status, whole: true, paint: (shown, { status }) => terminal.paint(status === 'True' ? 'green' : status === 'False' ? 'red' : 'yellow', shown) },
    { title: 'REASON', text: ({ reason }) => reason },
    { title: 'SINCE', text: ({ since }) => `${ago(since, nowMs)} ago` },
    { title: 'MESSAGE', text: ({ message }) => message }
  ]
}

/** What is wrong with a tenant that did not become what it should, for people who waited for it. */
export function troubleLines ({ slug, status, conditions }: Tenant): string[] {
  return [`"${slug}" is ${status}.`, ...conditions.filter(({ status }) => status !== 'True').map(({ type, reason, message }) => `  ${type}: ${reason}. ${message}`)]
}
