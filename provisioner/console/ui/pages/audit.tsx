import { useState } from 'preact/hooks'
import { useResource } from '../api/resource.ts'
import type { AuditEntry, Page } from '../api/shapes.ts'
import { Button, Link } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { PageHead } from '../parts/page.tsx'
import { Pager, usePaging } from '../parts/pager.tsx'
import { Search } from '../parts/search.tsx'
import { Empty, Loaded } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { changeQuery, place } from '../router.ts'
import { changesBetween } from '../words/changes.ts'
import { path, query } from '../words/path.ts'

const SIZE = 50
const FILTERS = ['actor', 'action', 'tenant', 'from', 'to'] as const

/** A day of the reader's as the time that it begins at, or the next one does. */
function startOf (day: string, plusDays = 0): string | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return null
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  return new Date(year, month - 1, date + plusDays).toISOString()
}

export function Audit () {
  const asked = place.value.query
  const of = (name: typeof FILTERS[number]): string => asked.get(name) ?? ''
  const filter = { actor: of('actor'), action: of('action'), tenant: of('tenant'), from: startOf(of('from')), to: startOf(of('to'), 1) }
  const paging = usePaging(query(filter))
  const entries = useResource<Page<AuditEntry>>(`/v1/audit${query({ ...filter, limit: SIZE, cursor: paging.cursor })}`)
  const filtered = FILTERS.some(name => of(name) !== '')
  const clear = (): void => { changeQuery(Object.fromEntries(FILTERS.map(name => [name, null]))) }
  return (
    <>
      <PageHead title='Audit' lead='Every change, and who asked for it. Nothing in it can be changed.'>
        <Button icon='refresh-cw' busy={entries.loading} onClick={() => { entries.refresh() }}>Look again</Button>
        <a class='button plain' href={`/v1/audit/export${query(filter)}`} download='audit.ndjson'><Icon name='download' /><span>Export</span></a>
      </PageHead>
      <div class='filters'>
        <Search label='Who' value={of('actor')} onSearch={actor => { changeQuery({ actor }) }} />
        <Search label='What, such as tenant.create' value={of('action')} hotkey={false} onSearch={action => { changeQuery({ action }) }} />
        <Search label='Tenant' value={of('tenant')} hotkey={false} onSearch={tenant => { changeQuery({ tenant }) }} />
        <label class='inline'>From <input type='date' value={of('from')} max={of('to')} onInput={event => { changeQuery({ from: event.currentTarget.value }) }} /></label>
        <label class='inline'>to <input type='date' value={of('to')} min={of('from')} onInput={event => { changeQuery({ to: event.currentTarget.value }) }} /></label>
        {filtered && <Button icon='x' kind='quiet' onClick={clear}>Clear</Button>}
      </div>
      <Loaded of={entries} lines={10}>
        {({ items, nextCursor }) => items.length === 0 && paging.number === 1
          ? <Empty icon='scroll-text' title={filtered ? 'Nothing is like this' : 'Nothing was changed yet'} action={filtered ? <Button onClick={clear}>Show all</Button> : undefined} />
          : (
            <>
              <ol class='audit'>{items.map(entry => <Entry key={entry.id} entry={entry} />)}</ol>
              <Pager paging={paging} next={nextCursor} shown={items.length} size={SIZE} />
            </>
            )}
      </Loaded>
    </>
  )
}

function Entry ({ entry }: { entry: AuditEntry }) {
  const { at, actor, action, status, target, method, path: address, requestId, before, after } = entry
  const [open, setOpen] = useState(false)
  const refused = status >= 400
  return (
    <li>
      <details open={open} onToggle={event => { setOpen(event.currentTarget.open) }}>
        <summary>
          <Icon name='chevron-right' />
          <span class='audit-what'><code class={refused ? 'tone-bad' : undefined}>{action}</code> <span class='clip'>{target?.name ?? target?.id ?? ''}</span>{refused && <span class='badge tone-bad'><Icon name='ban' />Refused, {status}</span>}</span>
          <span class='audit-who clip'>{actor.name}<span class='muted'> {actor.kind === 'token' ? '' : actor.kind}</span></span>
          <span class='audit-when muted'><Time at={at} /></span>
        </summary>
        {open && (
          <div class='audit-more'>
            <dl class='facts'>
              <div><dt>Request</dt><dd><code class='break'>{method} {address}</code>, answered {status}</dd></div>
              <div><dt>From</dt><dd>{entry.address ?? 'inside'}</dd></div>
              <div><dt>Who</dt><dd>{actor.name}{actor.tokenId !== null && <> <code>{actor.tokenId}</code></>} ({actor.kind})</dd></div>
              {requestId !== null && <div><dt>Request id</dt><dd><code class='break'>{requestId}</code></dd></div>}
              {target?.kind === 'tenant' && target.id !== null && <div><dt>Tenant</dt><dd><Link to={path('/tenants/{}', target.id)}>{target.name ?? target.id}</Link></dd></div>}
            </dl>
            <Changes before={before} after={after} />
          </div>
        )}
      </details>
    </li>
  )
}

function Changes ({ before, after }: Pick<AuditEntry, 'before' | 'after'>) {
  const changes = changesBetween(before, after)
  if (changes.length === 0) return <p class='muted'>It changed nothing that is kept here.</p>
  return (
    <div class='table' tabIndex={0} role='region' aria-label='What changed'>
      <table class='changes'>
        <thead><tr><th scope='col'>What</th><th scope='col'>Before</th><th scope='col'>After</th></tr></thead>
        <tbody>{changes.map(({ name, before, after }) => <tr key={name}><td><code>{name}</code></td><td>{before === null ? <span class='muted'>–</span> : <code class='break removed'>{before}</code>}</td><td>{after === null ? <span class='muted'>–</span> : <code class='break added'>{after}</code>}</td></tr>)}</tbody>
      </table>
    </div>
  )
}
