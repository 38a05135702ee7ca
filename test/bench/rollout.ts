// What deploys and rollouts cost, and what users notice of them. `npm run bench:rollout`
import { arch, cpus, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { run } from '../../deploy/command.ts'
import { startGateway } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import { layGround } from '../world/installation.ts'
import { freePort } from '../world/ports.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, SAMPLE_RELEASE } from '../world/tenants.ts'
import type { TenantView } from '../world/tenants.ts'
import { startTraffic } from '../world/traffic.ts'
import type { TrafficReport } from '../world/traffic.ts'
import { withUndo } from './undo.ts'

const { values } = parseArgs({ options: { tenants: { type: 'string', default: '50' }, idle: { type: 'string', default: '100' }, concurrency: { type: 'string', default: '4' }, deploys: { type: 'string', default: '20' } } })
const [tenants, idle, concurrency, deploys] = [values.tenants, values.idle, values.concurrency, values.deploys].map(Number) as [number, number, number, number]

const round = (ms: number): string => `${Math.round(ms)} ms`
const perMinute = (count: number, ms: number): string => `${(count / ms * 60_000).toFixed(1)} a minute`
const failed = ({ failures, socketFailures }: TrafficReport): string => {
  const all = [...Object.entries(failures), ...Object.entries(socketFailures)].map(([what, count]) => `${count} × ${what}`)
  return all.length === 0 ? '0 failed' : `FAILED: ${all.join(', ')}`
}

/** Does something with each, so many at once. */
async function inParallel<T> (items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  await Promise.all(Array.from({ length: atOnce }, async () => { for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item) }))
}

await withUndo(async t => {
  const ground = await layGround(t, 'bench-fleet', 9)
  const provisioner = await startProvisioner(t, ground, { BERTH_DEPLOY_DRAIN_MS: '2000', BERTH_START_TIMEOUT_SECONDS: '60' })
  const gateway = await startGateway(t, { redis: ground.redis, env: { BERTH_GATEWAY_WEBSOCKET_GRACE_MS: '1000' } })
  for (const version of ['1', '3']) await createRelease(provisioner, { version, env: { VERSION: version } })
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`)

  /** `docker run` of the image, without anything of Berth, until it answers. */
  async function floor (): Promise<void> {
    const port = await freePort()
    const id = (await run('docker', ['run', '--detach', '--network', 'host', '--label', `berth.installation=${ground.installation}`, '--read-only', '--cap-drop', 'ALL',
      '--env', `PORT=${port}`, '--env', 'TENANT_ID=tn_000000000000', '--env', 'DATABASE_URL=postgres://nobody:nothing@127.0.0.1:1/nothing', SAMPLE_RELEASE.image])).trim()
    while (await request({ port, path: '/healthz' }).catch(() => null) === null) await new Promise(resolve => setTimeout(resolve, 25))
    await run('docker', ['rm', '--force', id])
  }

  async function rollOut (release: string): Promise<{ tookMs: number, counts: Record<string, number> }> {
    const began = performance.now()
    const { id, counts, endedAt } = (await provisioner.api('POST', '/v1/rollouts?wait=120', { release, concurrency })).json<{ id: string, counts: Record<string, number>, endedAt: string | null }>()
    if (endedAt !== null) return { tookMs: performance.now() - began, counts }
    for (;;) {
      const seen = (await provisioner.api('POST', `/v1/rollouts/${id}/resume?wait=120`)).json<{ state: string, counts: Record<string, number>, code?: string }>()
      if (seen.code === 'rollout_ended' || seen.state === 'done') return { tookMs: performance.now() - began, counts: (await provisioner.api('GET', `/v1/rollouts/${id}`)).json<{ counts: Record<string, number> }>().counts }
    }
  }

  await createTenant(provisioner, 'busy', { release: '1' })
  for (const [strategy, times] of [['start-first', deploys], ['stop-first', Math.max(Math.floor(deploys / 4), 1)]] as const) {
    for (let i = 0; i < times; i++) await createRelease(provisioner, { version: `${strategy}-${i}`, env: { RELEASE: `${strategy}-${i}` } })
    const traffic = await startTraffic(t, { port: gateway.port, host: 'busy.berth.test', connections: 64, sockets: 100 })
    const began = performance.now()
    for (let i = 0; i < times; i++) {
      // Each time another: one that still drains would be taken back as it is.
      const { status } = (await provisioner.api('POST', '/v1/tenants/busy/deploy?wait=60', { release: `${strategy}-${i}`, strategy })).json<TenantView>()
      if (status !== 'ready') throw new Error(`The deploy ended ${status}.`)
    }
    const took = performance.now() - began
    const report = await traffic.stop()
    console.log(`${times} deploys in a row, ${strategy}: ${round(took / times)} each; 64 users, 100 WebSockets, ${report.requests} requests: ${failed(report)}; the longest wait (p100) ${round(report.longestMs)}`)
  }

  const slugs = Array.from({ length: Math.max(tenants, idle) }, (_, i) => `t${i}`)
  await inParallel(slugs.slice(0, tenants - 1), 4, async slug => { await createTenant(provisioner, slug, { release: '1' }) })
  const floorBegan = performance.now()
  await inParallel(Array.from({ length: tenants }, (_, i) => i), concurrency, floor)
  const floorMs = performance.now() - floorBegan
  const users = await Promise.all(slugs.slice(0, tenants - 1).map(async slug => await startTraffic(t, { port: gateway.port, host: `${slug}.berth.test`, connections: 1, sockets: 1, paceMs: 200 })))
  const moved = await rollOut('3')
  const reports = await Promise.all(users.map(async user => await user.stop()))
  const count = (name: string): number => moved.counts[name] ?? 0
  console.log(`rollout over ${tenants} tenants under traffic, ${concurrency} at once: ${count('moved')} moved, ${count('failed')} failed, ${perMinute(tenants, moved.tookMs)}`)
  console.log(`  floor: container starts alone, ${concurrency} at once: ${perMinute(tenants, floorMs)}; the rollout is ${(floorMs / moved.tookMs).toFixed(2)} of it (it ends the old ones too, and users go on)`)
  console.log(`  ${reports.reduce((sum, { requests }) => sum + requests, 0)} requests: ${[...new Set(reports.map(failed))].join('; ')}; the longest wait (p100) ${round(Math.max(...reports.map(({ longestMs }) => longestMs)))}`)

  await inParallel(slugs.slice(tenants - 1, idle - 1), 4, async slug => { await createTenant(provisioner, slug, { release: '3' }) })
  const events = async (): Promise<number> => (await ground.postgres.admin('SELECT count(*)::int AS count FROM events', [], 'berth_control')).rows[0].count as number
  const before = await events()
  const none = await rollOut('3')
  console.log(`no-op rollout over ${none.counts.unchanged} tenants: decided in ${round(none.tookMs)}; ${await events() - before} events of tenants, so no migration and no container`)
})
