import { useNotices } from '../api/notices.ts'
import { useResource } from '../api/resource.ts'
import { STATUSES } from '../api/shapes.ts'
import type { Page, Release, Tenant } from '../api/shapes.ts'
import { Button, Link, LinkButton } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { PageHead, Table } from '../parts/page.tsx'
import { Pager, usePaging } from '../parts/pager.tsx'
import { Search } from '../parts/search.tsx'
import { Empty, Loaded } from '../parts/states.tsx'
import { TenantStatus } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { changeQuery, place } from '../router.ts'
import { isLimited, may } from '../session.ts'
import { path, query } from '../words/path.ts'
import { TENANT_LOOKS } from '../words/status.ts'

const SIZE = 50
const LOOK_EVERY_MS = 30_000
/** What the list is sorted by, and the name of its column. */
const COLUMNS = [
  { sort: 'name', name: 'Tenant' },
  { sort: 'status', name: 'Status' },
  { sort: 'release', name: 'Release' },
  { sort: null, name: 'Address' },
  { sort: 'created', name: 'Created' }
] as const
const DEFAULT_SORT = '-created'

export function Tenants () {
  const { query: asked } = place.value
  const [q, status, release, sort] = ['q', 'status', 'release', 'sort'].map(name => asked.get(name) ?? '') as [string, string, string, string]
  const filter = { q, status, release, sort: sort === '' ? DEFAULT_SORT : sort }
  const paging = usePaging(query(filter))
  const tenants = useResource<Page<Tenant>>(`/v1/tenants${query({ ...filter, limit: SIZE, cursor: paging.cursor })}`, { everyMs: LOOK_EVERY_MS })
  const releases = useResource<Page<Release>>('/v1/releases?limit=200')
  useNotices(['tenant', 'gone'], tenants.refresh)
  const filtered = q !== '' || status !== '' || release !== ''
  return (
    <>
      <PageHead title='Tenants'>{may('operate') && !isLimited() && <LinkButton to='/tenants/new' icon='plus' kind='primary'>New tenant</LinkButton>}</PageHead>
      <div class='filters'>
        <Search label='Search by name, slug or domain' value={q} onSearch={text => { changeQuery({ q: text }) }} />
        <select aria-label='Status' value={status} onInput={event => { changeQuery({ status: event.currentTarget.value }) }}>
          <option value=''>Any status</option>
          {STATUSES.map(status => <option key={status} value={status}>{TENANT_LOOKS[status].word}</option>)}
        </select>
        <select aria-label='Release' value={release} onInput={event => { changeQuery({ release: event.currentTarget.value }) }}>
          <option value=''>Any release</option>
          {releaseChoices(releases.data?.items ?? [], release).map(version => <option key={version} value={version}>{version}</option>)}
        </select>
        {filtered && <Button icon='x' kind='quiet' onClick={() => { changeQuery({ q: null, status: null, release: null }) }}>Clear</Button>}
      </div>
      <Loaded of={tenants} lines={12}>
        {({ items, nextCursor }) => items.length === 0 && paging.number === 1
          ? (filtered
              ? <Empty icon='search' title='No tenant is like this' action={<Button onClick={() => { changeQuery({ q: null, status: null, release: null }) }}>Show all</Button>} />
              : <Empty icon='users' title='No tenants yet' action={may('operate') ? <LinkButton to='/tenants/new' icon='plus' kind='primary'>New tenant</LinkButton> : undefined}>Each one gets a container, a database and domains of its own.</Empty>)
          : (
            <>
              <Table label='Tenants' head={COLUMNS.map(column => <Heading key={column.name} {...column} sort={column.sort} current={filter.sort} />)}>
                {items.map(tenant => <Row key={tenant.id} tenant={tenant} />)}
              </Table>
              <Pager paging={paging} next={nextCursor} shown={items.length} size={SIZE} />
            </>
            )}
      </Loaded>
    </>
  )
}

function Heading ({ sort, name, current }: { sort: string | null, name: string, current: string }) {
  if (sort === null) return <th scope='col'>{name}</th>
  const order = current === sort ? 'ascending' : current === `-${sort}` ? 'descending' : undefined
  const next = order === 'ascending' ? `-${sort}` : order === 'descending' ? sort : sort === 'created' ? '-created' : sort
  return (
    <th scope='col' aria-sort={order}>
      <button type='button' class='sort' onClick={() => { changeQuery({ sort: next === DEFAULT_SORT ? null : next }) }}>
        {name}{order !== undefined && <Icon name={order === 'ascending' ? 'arrow-up' : 'arrow-down'} />}
      </button>
    </th>
  )
}

function Row ({ tenant: { id, slug, name, status, release, domains, createdAt } }: { tenant: Tenant }) {
  const primary = domains.find(({ primary }) => primary)?.host ?? ''
  return (
    <tr>
      <td class='main'><Link to={path('/tenants/{}', slug)} class='cover'><span class='clip'>{name}</span></Link><code class='muted clip' title={id}>{slug}</code></td>
      <td class='state'><TenantStatus status={status} /></td>
      <td class='extra'><code class='clip'>{release}</code></td>
      <td class='extra'><span class='clip muted'>{primary}{domains.length > 1 && <span class='small'> +{domains.length - 1}</span>}</span></td>
      <td class='extra muted nowrap'><Time at={createdAt} /></td>
    </tr>
  )
}

/** What can be chosen; the release of the address even when it is none of the newest. */
function releaseChoices (releases: Release[], chosen: string): string[] {
  const versions = releases.filter(({ state }) => state === 'usable').map(({ version }) => version)
  return chosen === '' || versions.includes(chosen) ? versions : [chosen, ...versions]
}
