import { useEffect, useState } from 'preact/hooks'
import { useNotices } from '../api/notices.ts'
import { useResource } from '../api/resource.ts'
import type { Tenant } from '../api/shapes.ts'
import { LinkButton, Outward } from '../parts/button.tsx'
import { EventList, useEvents } from '../parts/event-list.tsx'
import { Card, PageHead } from '../parts/page.tsx'
import { Empty, Loaded } from '../parts/states.tsx'
import { TenantStatus } from '../parts/status.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { isSettled } from '../words/advice.ts'
import { path } from '../words/path.ts'
import { NotFound } from './not-found.tsx'
import { TenantActions } from './tenant-actions.tsx'
import { TenantDomains } from './tenant-domains.tsx'
import { TenantLogs } from './tenant-logs.tsx'
import { TenantSettings } from './tenant-settings.tsx'
import { TenantState } from './tenant-state.tsx'
import { TenantSummary } from './tenant-summary.tsx'
import { TenantUsage } from './tenant-usage.tsx'
import { useTenantWork } from './tenant-work.ts'

const TABS: Array<[tab: string, name: string]> = [['', 'Overview'], ['domains', 'Domains'], ['logs', 'Logs'], ['events', 'Events'], ['usage', 'Usage'], ['settings', 'Settings']]
/** Beside the streams, which tell at once. */
const LOOK_EVERY_MS = 15_000
const LOOK_OFTEN_MS = 2000

export function TenantPage ({ slug, tab }: { slug: string, tab: string }) {
  const [often, setOften] = useState(false)
  const [id, setId] = useState<string | null>(null)
  const resource = useResource<Tenant>(path('/v1/tenants/{}', slug), { everyMs: often ? LOOK_OFTEN_MS : LOOK_EVERY_MS })
  const tenant = resource.data
  const events = useEvents(id === null ? null : path('/v1/tenants/{}/events', id), resource.refresh)
  useNotices(['tenant', 'gone'], resource.refresh, data => data.id === id)
  useEffect(() => { setOften(tenant !== null && !isSettled(tenant)) }, [tenant])
  useEffect(() => { if (tenant !== null) setId(tenant.id) }, [tenant?.id])
  const work = useTenantWork(tenant, resource.refresh)
  if (!TABS.some(([name]) => name === tab)) return <NotFound />
  if (events.gone || (id !== null && resource.problem?.code === 'tenant_not_found')) return <Gone slug={slug} />

  return (
    <>
      <PageHead
        title={tenant?.name ?? slug} back={{ to: '/tenants', name: 'Tenants' }} after={tenant !== null && <TenantStatus status={tenant.status} large />}
        lead={tenant !== null && <><code>{tenant.slug}</code><span class='clip'><Outward href={tenant.url}>{tenant.url.replace(/^https?:\/\//, '')}</Outward></span></>}
      >
        {tenant !== null && <TenantActions tenant={tenant} work={work} />}
      </PageHead>
      <Loaded of={resource} lines={8}>
        {tenant => (
          <>
            <TenantState tenant={tenant} latest={events.newestFirst[0] ?? null} />
            <Tabs label='Parts of the tenant' tabs={TABS.map(([name, title]) => ({ name: title, to: path('/tenants/{}', slug) + (name === '' ? '' : `/${name}`), current: name === tab }))} />
            {tab === '' && <TenantSummary tenant={tenant} events={events} />}
            {tab === 'domains' && <TenantDomains tenant={tenant} work={work} />}
            {tab === 'logs' && <TenantLogs tenant={tenant} />}
            {tab === 'events' && <Card title='Events' note={events.liveness === 'live' ? 'live; the last 1,000 are kept' : undefined}><EventList events={events} /></Card>}
            {tab === 'usage' && <TenantUsage tenant={tenant} />}
            {tab === 'settings' && <TenantSettings tenant={tenant} work={work} />}
          </>
        )}
      </Loaded>
    </>
  )
}

function Gone ({ slug }: { slug: string }) {
  return (
    <>
      <PageHead title={slug} back={{ to: '/tenants', name: 'Tenants' }} />
      <Empty icon='trash-2' title='This tenant is gone' action={<LinkButton to='/tenants'>All tenants</LinkButton>}>Its container, its database and its domains were removed.</Empty>
    </>
  )
}
