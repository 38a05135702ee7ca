import { useNotices } from '../api/notices.ts'
import { useResource } from '../api/resource.ts'
import type { Overview } from '../api/shapes.ts'
import { Chart } from '../charts/chart.tsx'
import { Link, LinkButton } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { Bar, Meter } from '../parts/meter.tsx'
import { Card, PageHead } from '../parts/page.tsx'
import { Empty, Loaded } from '../parts/states.tsx'
import { Badge, ReleaseStatus, RolloutStatus, TenantStatus } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { may } from '../session.ts'
import { sentenceCase } from '../words/advice.ts'
import { bytes, compact, count, memory, percent, plural } from '../words/numbers.ts'
import { path } from '../words/path.ts'
import { BY_URGENCY, TENANT_LOOKS } from '../words/status.ts'
import { WEBHOOK_LOOKS } from './webhooks.tsx'

const LOOK_EVERY_MS = 15_000
const LISTED = 10

export function OverviewPage () {
  const overview = useResource<Overview>('/v1/overview', { everyMs: LOOK_EVERY_MS })
  useNotices(['tenant', 'gone', 'rollout', 'release'], overview.refresh)
  return (
    <>
      <PageHead title='Overview'>{may('operate') && <LinkButton to='/tenants/new' icon='plus' kind='primary'>New tenant</LinkButton>}</PageHead>
      <Loaded of={overview} lines={10}>
        {data => (
          <>
            <Tenants {...data.tenants} />
            <div class='columns'>
              <div><Attention of={data.attention} webhooks={data.webhooks} total={data.tenants.total} /><Traffic of={data.traffic} /></div>
              <div><Rollouts of={data.rollouts} /><Releases of={data.releases} total={data.tenants.total} /><Capacity of={data} /></div>
            </div>
          </>
        )}
      </Loaded>
    </>
  )
}

function Tenants ({ total, byStatus }: Overview['tenants']) {
  const known = BY_URGENCY.filter(status => (byStatus[status] ?? 0) > 0 || status === 'failed' || status === 'degraded' || status === 'ready')
  return (
    <ul class='tiles' aria-label='Tenants by status'>
      <li><Link to='/tenants' class='tile'><span class='figure'>{count(total)}</span><span class='muted'>{total === 1 ? 'tenant' : 'tenants'}</span></Link></li>
      {known.map(status => {
        const { word, tone, icon } = TENANT_LOOKS[status]
        const number = byStatus[status] ?? 0
        return <li key={status}><Link to={`/tenants?status=${status}`} class={`tile tone-${number === 0 ? 'quiet' : tone}`}><span class='figure'>{count(number)}</span><span><Icon name={icon} />{word}</span></Link></li>
      })}
    </ul>
  )
}

function Attention ({ of, webhooks, total }: { of: Overview['attention'], webhooks: Overview['webhooks'], total: number }) {
  const note = [...of.length === 0 ? [] : [plural(of.length, 'tenant')], ...webhooks.length === 0 ? [] : [plural(webhooks.length, 'webhook')]].join(', ')
  return (
    <Card title='Needs attention' note={note === '' ? undefined : note} flush>
      {note === '' && (total === 0
        ? <Empty icon='users' title='No tenants yet' action={may('operate') ? <LinkButton to='/tenants/new' icon='plus'>New tenant</LinkButton> : undefined}>What needs attention will be here.</Empty>
        : <Empty icon='circle-check' title='All is as wanted' />)}
      <ul class='rows'>
        {of.slice(0, LISTED).map(({ tenant, status, condition }) => (
          <li key={tenant.id}>
            <Link to={path('/tenants/{}', tenant.slug)}>
              <span class='row-main'><strong class='clip'>{tenant.name}</strong><TenantStatus status={status} /></span>
              {condition !== null && <span class='row-more'><span class='clamp'>{sentenceCase(condition.reason)}: {condition.message}</span><span class='muted small'>since <Time at={condition.since} /></span></span>}
            </Link>
          </li>
        ))}
        {webhooks.map(({ id, host, reason, failingSince, waiting }) => (
          <li key={id}>
            <Link to={path('/webhooks/{}', id)}>
              <span class='row-main'><strong class='clip'>Webhook to {host}</strong><Badge look={WEBHOOK_LOOKS.disabled} /></span>
              <span class='row-more'><span class='clamp'>{reason} {count(waiting)} waiting.</span>{failingSince !== null && <span class='muted small'>since <Time at={failingSince} /></span>}</span>
            </Link>
          </li>
        ))}
      </ul>
      {of.length > LISTED && <p class='foot'><Link to='/tenants?status=failed'>{count(of.length - LISTED)} more</Link></p>}
    </Card>
  )
}

function Traffic ({ of: { points, step } }: { of: Overview['traffic'] }) {
  const sum = (name: 'requests' | 'errors'): number => points.reduce((sum, point) => sum + (point[name] ?? 0), 0)
  const [requests, errors] = [sum('requests'), sum('errors')]
  return (
    <Card title='Requests' note='the last day'>
      <p class='figures'><span><strong>{compact(requests)}</strong> requests</span><span class={errors > 0 ? 'tone-bad' : 'muted'}><strong>{compact(errors)}</strong> errors ({percent(errors, requests)})</span></p>
      <Chart
        title='Requests and errors' unit={`per ${step}`} format={compact} times={points.map(({ at }) => at)}
        series={[{ label: 'Requests', tone: 'accent', values: points.map(({ requests }) => requests) }, { label: 'Errors', tone: 'bad', values: points.map(({ errors }) => errors) }]}
      />
    </Card>
  )
}

function Rollouts ({ of }: { of: Overview['rollouts'] }) {
  if (of.length === 0) return null
  return (
    <Card title='Rollouts' flush>
      <ul class='rows'>
        {of.map(({ id, release, state, done, total }) => (
          <li key={id}>
            <Link to={path('/rollouts/{}', id)}>
              <span class='row-main'><strong class='clip'>To {release}</strong><RolloutStatus state={state} /></span>
              <span class='row-more'><Bar label='Progress' total={total} parts={[{ name: 'Done', count: done, tone: 'good' }]} /><span class='muted small'>{count(done)} of {count(total)}</span></span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Releases ({ of, total }: { of: Overview['releases'], total: number }) {
  return (
    <Card title='Releases' note='in use, and the newest' flush>
      {of.length === 0 && <Empty icon='package' title='No releases yet' action={may('operate') ? <LinkButton to='/releases/new' icon='plus'>New release</LinkButton> : undefined} />}
      <ul class='rows'>
        {of.slice(0, LISTED).map(({ version, tenants, state }) => (
          <li key={version}>
            <Link to={path('/releases/{}', version)}>
              <span class='row-main'><code class='clip'>{version}</code>{state === 'usable' ? <span class='muted small'>{plural(tenants, 'tenant')}, {percent(tenants, total)}</span> : <ReleaseStatus state={state} />}</span>
              {state === 'usable' && <span class='row-more'><Bar label={`Tenants at ${version}`} total={total} parts={[{ name: 'Tenants', count: tenants, tone: 'accent' }]} /></span>}
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Capacity ({ of: { machine, databaseServers } }: { of: Overview }) {
  if (machine === null) return null
  const { cpus, load1, memoryBytes, memoryFreeBytes, diskBytes, diskFreeBytes, tenantMemoryLimitBytes } = machine
  return (
    <Card title='Capacity'>
      <Meter label='Processors' part={load1} whole={cpus} words={['busy', 'at their limit']}>load {load1.toFixed(2)} on {plural(cpus, 'core')}</Meter>
      <Meter label='Memory' part={memoryBytes - memoryFreeBytes} whole={memoryBytes}>{memory(memoryBytes - memoryFreeBytes)} of {memory(memoryBytes)}</Meter>
      <p class='small muted'>Tenants may take {memory(tenantMemoryLimitBytes)} together.</p>
      <Meter label='Disk' part={diskBytes - diskFreeBytes} whole={diskBytes}>{bytes(diskBytes - diskFreeBytes)} of {bytes(diskBytes)}</Meter>
      {databaseServers.map(({ name, host, databases, connections, maxConnections, bytes: size }) => (
        <div key={name} class='server'>
          <h3>Database server <code>{name}</code></h3>
          {connections !== null && maxConnections !== null && <Meter label='Connections' part={connections} whole={maxConnections}>{count(connections)} of {count(maxConnections)}</Meter>}
          <p class='small muted'>{host}{databases === null ? '' : `, ${plural(databases, 'database')}`}{size === null ? '' : `, ${bytes(size)}`}</p>
        </div>
      ))}
    </Card>
  )
}
