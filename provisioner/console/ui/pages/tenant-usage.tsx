import { useResource } from '../api/resource.ts'
import { isAbsent } from '../api/problem.ts'
import type { Tenant, Usage, UsagePoint } from '../api/shapes.ts'
import { Chart } from '../charts/chart.tsx'
import type { Series } from '../charts/chart.tsx'
import { Link } from '../parts/button.tsx'
import { Card } from '../parts/page.tsx'
import { Loaded } from '../parts/states.tsx'
import { changeQuery, place } from '../router.ts'
import { bytes, compact, memory, milliseconds } from '../words/numbers.ts'
import { path, query } from '../words/path.ts'

const HOUR_MS = 3_600_000
const RANGES = [
  { name: '1 h', hours: 1, step: 'minute' }, { name: '6 h', hours: 6, step: 'minute' }, { name: '24 h', hours: 24, step: 'minute' },
  { name: '7 d', hours: 168, step: 'hour' }, { name: '30 d', hours: 720, step: 'hour' }, { name: '90 d', hours: 2160, step: 'hour' }
] as const
type Range = typeof RANGES[number]
const DEFAULT_RANGE = '24 h'
const LOOK_EVERY_MS = 60_000

function useUsage ({ id }: Tenant, { hours, step }: Range) {
  // To the minute, so that it is the same address for a while. The last day is what is given unasked, by the API's clock: all minutes that are kept.
  const to = Math.ceil(Date.now() / LOOK_EVERY_MS) * LOOK_EVERY_MS
  const span = hours === 24 ? {} : { from: new Date(to - hours * HOUR_MS).toISOString(), to: new Date(to).toISOString() }
  return useResource<Usage>(`${path('/v1/tenants/{}/usage', id)}${query({ ...span, step })}`, { everyMs: LOOK_EVERY_MS })
}

const SECONDS = { minute: 60, hour: 3600 }

function seriesOf (points: UsagePoint[], label: string, tone: Series['tone'], value: (point: UsagePoint) => number | null | undefined): Series {
  return { label, tone, values: points.map(point => value(point) ?? null) }
}

/** Requests alone, for the tenant's first page; nothing where it is not measured. */
export function SmallUsage ({ tenant }: { tenant: Tenant }) {
  const usage = useUsage(tenant, RANGES[2])
  if (isAbsent(usage.problem)) return null
  return (
    <Card title='Requests' note='the last 24 hours' action={<Link to={path('/tenants/{}/usage', tenant.slug)}>More</Link>}>
      <Loaded of={usage}>{usage => <RequestsChart usage={usage} />}</Loaded>
    </Card>
  )
}

function RequestsChart ({ usage: { points, step } }: { usage: Usage }) {
  return <Chart title='Requests' unit={`per ${step}`} format={compact} times={points.map(({ at }) => at)} series={[seriesOf(points, 'Requests', 'accent', point => point.requests), seriesOf(points, 'Errors', 'bad', point => point.errors)]} />
}

export function TenantUsage ({ tenant }: { tenant: Tenant }) {
  const chosen = place.value.query.get('range') ?? DEFAULT_RANGE
  const range = RANGES.find(({ name }) => name === chosen) ?? RANGES[2]
  const usage = useUsage(tenant, range)
  return (
    <>
      <div class='segments' role='group' aria-label='Range of time'>
        {RANGES.map(({ name }) => <button key={name} type='button' aria-pressed={name === range.name} onClick={() => { changeQuery({ range: name === DEFAULT_RANGE ? null : name }) }}>{name}</button>)}
      </div>
      <Loaded of={usage} lines={10}>{usage => <Charts usage={usage} />}</Loaded>
    </>
  )
}

function Charts ({ usage }: { usage: Usage }) {
  const { points, step } = usage
  const times = points.map(({ at }) => at)
  const seconds = SECONDS[step]
  return (
    <div class='charts'>
      <Card><RequestsChart usage={usage} /></Card>
      <Card>
        <Chart
          title='Latency' unit='until the answer is complete' format={milliseconds} times={times} series={[
            seriesOf(points, 'median', 'accent', ({ latency }) => latency?.p50Ms), seriesOf(points, '95 %', 'warn', ({ latency }) => latency?.p95Ms), seriesOf(points, '99 %', 'bad', ({ latency }) => latency?.p99Ms)
          ]}
        />
      </Card>
      <Card><Chart title='Processor' unit='cores' format={cores} times={times} series={[seriesOf(points, 'Used', 'accent', ({ cpuSeconds }) => cpuSeconds === null ? null : cpuSeconds / seconds)]} /></Card>
      <Card><Chart title='Memory' unit='of the instance' format={memory} binary times={times} series={[seriesOf(points, 'Used', 'accent', point => point.memoryBytes)]} /></Card>
      <Card><Chart title='Database' unit='size' format={bytes} times={times} series={[seriesOf(points, 'Size', 'accent', point => point.databaseBytes)]} /></Card>
      <Card><Chart title='Traffic' unit={`per ${step}`} format={bytes} times={times} series={[seriesOf(points, 'Out', 'accent', point => point.bytesOut), seriesOf(points, 'In', 'warn', point => point.bytesIn)]} /></Card>
    </div>
  )
}

function cores (value: number): string {
  return String(Number(value.toPrecision(2)))
}
