import type { Tenant } from '../api/shapes.ts'
import { Link } from '../parts/button.tsx'
import { Id } from '../parts/copy.tsx'
import { EventList } from '../parts/event-list.tsx'
import type { Events } from '../parts/event-list.tsx'
import { Card, Facts } from '../parts/page.tsx'
import { Steps } from '../parts/steps.tsx'
import { Time } from '../parts/time.tsx'
import { plural } from '../words/numbers.ts'
import { path } from '../words/path.ts'
import { SmallUsage } from './tenant-usage.tsx'

const LATEST = 8

export function TenantSummary ({ tenant, events }: { tenant: Tenant, events: Events }) {
  const { id, slug, release, domains, createdAt, generation, observedGeneration } = tenant
  return (
    <div class='columns'>
      <div>
        <Card title='Conditions'><Steps tenant={tenant} /></Card>
        <SmallUsage tenant={tenant} />
      </div>
      <div>
        <Card title='About'>
          <Facts of={[
            ['Release', <Link key='release' to={path('/releases/{}', release)}><code>{release}</code></Link>],
            ['Domains', <Link key='domains' to={path('/tenants/{}/domains', slug)}>{plural(domains.length, 'domain')}</Link>],
            ['Created', <Time key='created' at={createdAt} />],
            ['Id', <Id key='id'>{id}</Id>],
            ['Generation', observedGeneration >= generation ? `${generation}, observed` : `${generation}; observed so far: ${observedGeneration}`]
          ]}
          />
        </Card>
        <Card title='Latest events' note={events.liveness === 'live' ? 'live' : undefined} action={<Link to={path('/tenants/{}/events', slug)}>All</Link>}>
          <EventList events={events} limit={LATEST} />
        </Card>
      </div>
    </div>
  )
}
