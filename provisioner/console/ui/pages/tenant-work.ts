import { useEffect, useRef } from 'preact/hooks'
import { call } from '../api/client.ts'
import type { Method } from '../api/client.ts'
import type { Tenant } from '../api/shapes.ts'
import { say } from '../parts/toasts.tsx'
import { culprit, isSettled } from '../words/advice.ts'
import { path } from '../words/path.ts'

/** Asks for something of a tenant: what it is called, and the request. Resolves when the API took it, which is not when it is done. Throws ApiProblem. */
export type TenantWork = (what: string, method: Method, suffix: string, body?: unknown) => Promise<void>

/** Work on a tenant whose end is said when it was observed: as the API shows it then, not as it was asked for. */
export function useTenantWork (tenant: Tenant | null, refresh: () => void): TenantWork {
  const asked = useRef<{ what: string, generation: number } | null>(null)
  useEffect(() => {
    if (asked.current === null || tenant === null || tenant.observedGeneration < asked.current.generation) return
    const { what } = asked.current
    asked.current = null
    const wrong = culprit(tenant.conditions)
    if (tenant.status === 'failed' || tenant.status === 'degraded') say('bad', `${what}: it did not work. ${wrong?.message ?? ''}`)
    else if (isSettled(tenant)) say('good', `${what}: done. ${tenant.slug} is ${tenant.status}, at release ${tenant.release}.`)
  }, [tenant])
  return async (what, method, suffix, body) => {
    if (tenant === null) return
    const { body: answer } = await call<Tenant | null>(method, path('/v1/tenants/{}', tenant.id) + suffix, body === undefined ? {} : { body })
    if (answer !== null) {
      asked.current = { what, generation: answer.generation }
      if (!isSettled(answer)) say('busy', `${what}: asked for.`)
    }
    refresh()
  }
}
