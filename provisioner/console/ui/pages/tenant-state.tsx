import type { Tenant, TenantEvent } from '../api/shapes.ts'
import { LinkButton } from '../parts/button.tsx'
import { Note } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { adviceFor, culprit, isSettled, sentenceCase } from '../words/advice.ts'
import { path } from '../words/path.ts'

/** What there is to know before all else: what is wrong and what to do, or what is under way. */
export function TenantState ({ tenant, latest }: { tenant: Tenant, latest: TenantEvent | null }) {
  const { status, slug } = tenant
  const wrong = culprit(tenant.conditions)
  if (status === 'deleting') return <Note tone='busy' icon='loader-circle' title='It is being deleted'>{latest?.message}</Note>
  if ((status === 'failed' || status === 'degraded') && wrong !== null) {
    return (
      <Note tone={status === 'failed' ? 'bad' : 'warn'} icon={status === 'failed' ? 'octagon-x' : 'triangle-alert'} title={`${sentenceCase(wrong.reason)}: ${wrong.message}`} action={<LinkButton to={path('/tenants/{}/events', slug)}>Events</LinkButton>}>
        {adviceFor(wrong)} <span class='muted small nowrap'>Since <Time at={wrong.since} />.</span>
      </Note>
    )
  }
  if (!isSettled(tenant)) {
    return <Note tone='busy' icon='loader-circle' title='A change is under way'>{latest?.message ?? 'It was asked for, and is not observed yet.'}</Note>
  }
  return null
}
