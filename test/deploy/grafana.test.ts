// The dashboard asks for what the services really have, and is one that Grafana takes.
import t from 'tap'
import { readFileSync } from 'node:fs'
import { startApi } from '../provisioner/api/api-world.ts'
import { startGateway } from '../world/gateway.ts'
import { request } from '../world/http.ts'

interface Panel {
  id: number
  type: string
  title: string
  datasource?: { type: string, uid: string }
  gridPos: { h: number, w: number, x: number, y: number }
  fieldConfig?: { defaults: { unit: string } }
  targets?: Array<{ refId: string, expr: string, datasource: { uid: string } }>
}
interface Dashboard { uid: string, title: string, schemaVersion: number, panels: Panel[], templating: { list: Array<{ name: string, type: string, query: string }> } }

const dashboard = JSON.parse(readFileSync(new URL('../../deploy/grafana/berth.json', import.meta.url), 'utf8')) as Dashboard
/** Grafana's own way to name a variable. */
const DATASOURCE = '$' + '{datasource}'
const charts = dashboard.panels.filter(({ type }) => type !== 'row')

t.test('it is a dashboard', async t => {
  t.match(dashboard, { uid: 'berth', title: 'Berth' })
  t.ok(dashboard.schemaVersion >= 39)
  t.strictSame(dashboard.templating.list.map(({ name, type, query }) => [name, type, query]), [['datasource', 'datasource', 'prometheus']], 'any Prometheus will do')
  t.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
  for (const { title, type, datasource, fieldConfig, targets = [], gridPos: { x, w } } of charts) {
    t.ok(['timeseries', 'stat'].includes(type), title)
    t.ok(x >= 0 && x + w <= 24, `${title} is within the page`)
    t.ok(fieldConfig?.defaults.unit, `${title} has a unit`)
    t.ok(targets.length > 0 && new Set(targets.map(({ refId }) => refId)).size === targets.length, title)
    t.ok([datasource, ...targets.map(target => target.datasource)].every(source => source?.uid === DATASOURCE), `${title} asks the Prometheus that was chosen`)
  }
})

t.test('no panel lies on another', async t => {
  for (const [i, { title, gridPos: a }] of dashboard.panels.entries()) {
    const under = dashboard.panels.slice(i + 1).find(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
    t.equal(under, undefined, title)
  }
})

t.test('each metric that it names is there', async t => {
  const { config, redis } = await startApi(t, 'bt-grafana')
  const gateway = await startGateway(t, { redis })
  const texts = await Promise.all([config.api.port, gateway.adminPort].map(async port => (await request({ port, path: '/metrics' })).text))
  const there = new Map(texts.flatMap(text => [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name as string, type as string])))
  for (const { title, targets = [] } of charts) {
    for (const { expr } of targets) {
      const names = [...expr.matchAll(/\b(?:berth|process|nodejs)_\w+/g)].map(([name]) => name)
      t.ok(names.length > 0, `${title} asks for something`)
      for (const name of names) {
        const histogram = name.replace(/_(?:bucket|count|sum)$/, '')
        t.ok(there.has(name) || there.get(histogram) === 'histogram', `${title}: ${name}`)
        if (/(?:rate|increase)\(/.test(expr) && there.get(name) !== undefined && expr.includes(`rate(${name}`)) t.equal(there.get(name), 'counter', `${name} only grows`)
      }
    }
  }
})
