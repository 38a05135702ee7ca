import { useResource } from '../api/resource.ts'
import type { Tenant } from '../api/shapes.ts'
import { LinkButton, Outward } from '../parts/button.tsx'
import { EventList, useEvents } from '../parts/event-list.tsx'
import { Card, PageHead } from '../parts/page.tsx'
import { Empty, Loaded, Note } from '../parts/states.tsx'
import { TenantStatus } from '../parts/status.tsx'
import { Steps } from '../parts/steps.tsx'
import { adviceFor, culprit, isSettled } from '../words/advice.ts'
import { path } from '../words/path.ts'

const LOOK_EVERY_MS = 2000

/** A tenant that is being made: its steps as they are observed, until the link to what runs. */
export function TenantSetup ({ slug }: { slug: string }) {
  const tenant = useResource<Tenant>(path('/v1/tenants/{}', slug), { everyMs: LOOK_EVERY_MS })
  const events = useEvents(tenant.data === null ? null : path('/v1/tenants/{}/events', tenant.data.id), tenant.refresh)
  if (events.gone) return <><PageHead title={slug} back={{ to: '/tenants', name: 'Tenants' }} /><Empty icon='trash-2' title='This tenant is gone' action={<LinkButton to='/tenants'>All tenants</LinkButton>} /></>
  return (
    <>
      <PageHead title={tenant.data === null ? slug : tenant.data.name} back={{ to: '/tenants', name: 'Tenants' }} after={tenant.data !== null && <TenantStatus status={tenant.data.status} large />}>
        <LinkButton to={path('/tenants/{}', slug)}>To its page</LinkButton>
      </PageHead>
      <Loaded of={tenant}>
        {tenant => (
          <>
            <Outcome tenant={tenant} />
            <Card title='Steps'><Steps tenant={tenant} /></Card>
            <Card title='What happens'><EventList events={events} /></Card>
          </>
        )}
      </Loaded>
    </>
  )
}

function Outcome ({ tenant }: { tenant: Tenant }) {
  const { status, name, url, slug } = tenant
  if (status === 'ready' && isSettled(tenant)) {
    return (
      <Note tone='good' icon='circle-check' title={`${name} is ready`} action={<LinkButton to={path('/tenants/{}', slug)} kind='primary'>To its page</LinkButton>}>
        It answers at <Outward href={url}>{url}</Outward>
      </Note>
    )
  }
  const wrong = culprit(tenant.conditions)
  if ((status === 'failed' || status === 'degraded') && wrong !== null) return <Note tone='bad' icon='octagon-x' title={wrong.message}>{adviceFor(wrong)}</Note>
  if (status === 'provisioning') return <Note tone='busy' icon='loader-circle' title='It is being made'>This usually takes a second or two. You can leave this page; it goes on.</Note>
  return null
}
