import { changeAndWait, lastEvent } from './await-change.ts'
import { segment } from './api.ts'
import { EXIT } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'
import { present } from './session.ts'
import type { Session } from './session.ts'
import type { Tenant } from './shapes.ts'
import { tenantLines, troubleLines } from './tenant-view.ts'

export interface WaitOptions { wait?: boolean, timeout: number }

export interface TenantChange {
  method: string
  path: string
  body?: object
  /** What is said when nobody waits. */
  said: string
  isNew?: true
}

export function tenantPath (name: string): string {
  return `/v1/tenants/${segment(name)}`
}

/** Changes a tenant. Who waits sees the steps and then the tenant; one that is not as it should be is exit code 1. */
export async function changeTenant (session: Session, change: TenantChange, options: WaitOptions): Promise<ExitCode | undefined> {
  return await settling(session, change, options, async tenant => {
    if (tenant === null) return undefined
    await present(session, tenant, () => tenantLines(session, tenant))
    return hasFailed(tenant) ? tell(session, tenant) : undefined
  })
}

/** Asks for a change, and when it is waited for ends with what `settled` makes of the tenant (null: the answer has none). */
export async function settling (
  session: Session, { method, path, body, said, isNew }: TenantChange, { wait, timeout }: WaitOptions, settled: (tenant: Tenant | null) => Promise<ExitCode | undefined>
): Promise<ExitCode | undefined> {
  const { api, terminal, json } = session
  const own = body === undefined ? {} : { body }
  if (wait !== true) {
    const { status, body: tenant } = await api.call<Tenant | null>(method, path, own)
    if (status === 204) return await settled(null)
    if (json) await present(session, tenant, () => [])
    else terminal.say(said)
    return undefined
  }
  const tenantEvents = `${path.split('/').slice(0, 4).join('/')}/events`
  const after = isNew === true || json ? 0 : await lastEvent(session, tenantEvents)
  const { body: tenant } = await changeAndWait<Tenant | null>(session, {
    method,
    path,
    ...own,
    eventsPath: tenant => tenant === null ? tenantEvents : `/v1/tenants/${segment(tenant.id)}/events`,
    after,
    timeoutSeconds: timeout
  })
  return await settled(tenant)
}

function hasFailed ({ status }: Tenant): boolean {
  return status === 'failed' || status === 'degraded'
}

function tell ({ terminal }: Session, tenant: Tenant): ExitCode {
  const [head = '', ...lines] = troubleLines(tenant)
  terminal.say(terminal.tint('red', head), ...lines)
  return EXIT.failed
}
