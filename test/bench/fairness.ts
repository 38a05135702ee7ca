// How long a tenant's users wait while another tenant, or somebody outside, misbehaves: `npm run bench:fairness`. How: test/bench/README.md
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus, loadavg, release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { run } from '../../deploy/command.ts'
import { runCommand, say } from '../../deploy/say.ts'
import type { Hostname } from '../../gateway/hostname.ts'
import { routeKey, serializeRoute } from '../../gateway/route-record.ts'
import type { Ground } from '../world/installation.ts'
import { freePort } from '../world/ports.ts'
import { withRedis } from '../world/routes.ts'
import type { Teardown } from '../world/teardown.ts'
import { parseReport } from './load/report.ts'
import type { Report } from './load/report.ts'
import { median, MOST_STOLEN } from './measure.ts'
import { number } from './options.ts'
import { coreTime, processTree, residentBytes, stolenShare } from './processes.ts'
import { startBerth } from './proxies/gateway.ts'
import { layScene, stayOn } from './scene.ts'
import { columns } from './table.ts'
import { withUndo } from './undo.ts'

const ROUNDS = 5
const SECONDS = 3
const CORES = [0, 1]
/** So many rounds are measured again that the machine's host got into. */
const MAX_AGAIN = 10
/** Requests a second of the users, and over how many connections. */
const RATE = 500
const CONNECTIONS = 32

/** Floods and bad tenants run when nobody else wants their core (SCHED_IDLE, sched(7)): what is measured is the gateway, not who gets the other core. */
const AT_LEISURE = { execPath: 'chrt', execArgv: ['--idle', '0', process.execPath] }

const program = (name: string): string => fileURLToPath(new URL(`load/${name}`, import.meta.url))

await runCommand(() => withUndo(async t => {
  const { values: { only = '', rounds: wanted } } = parseArgs({ options: { only: { type: 'string' }, rounds: { type: 'string' } } })
  const rounds = number('--rounds', wanted, ROUNDS)
  say(`${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, Linux ${release()}, Node ${process.version}, load ${loadavg().map(load => load.toFixed(1)).join(' ')} at the start`)
  say(`The gateway has core 1; users, and behind them floods and bad tenants, have core 0. Medians of ${rounds} rounds of ${SECONDS} s, ${RATE} requests a second.\n`)
  await stayOn([0])
  const { scene } = await layScene(t, 'bt-bench-fairness', [0])
  const bad = fork(program('bad-tenants.ts'), AT_LEISURE)
  t.teardown(() => { bad.kill('SIGKILL') })
  const [ports] = await once(bad, 'message') as [Record<string, number>]
  const tenants: Array<[what: string, host: string, port: number]> = [...Object.entries(ports), ['refuses', await freePort()] as const].map(([what, port], i) => [what, `bad${i}.example.com`, port])
  await withRedis({ redis: scene.redis } as Ground, async redis => {
    const routes: Array<[host: string, port: number]> = [[scene.host, scene.originPort], ...tenants.map(([, host, port]): [string, number] => [host, port])]
    for (const [i, [host, port]] of routes.entries()) {
      await redis.set(routeKey(host as Hostname), serializeRoute({
        tenantId: `tn_00000000000${i}`, slug: `t${i}`, name: host, epoch: 1, state: 'active', instance: `i${i}`, upstream: { address: '127.0.0.1', port }
      }))
    }
  })
  const gateway = await startBerth(t, scene, { name: 'gateway', cores: '1', workers: 1, env: { BERTH_GATEWAY_TENANT_QUEUE: '128' } })
  const users = async (): Promise<Report> => parseReport(await run(process.execPath, [program('rate-load.ts'), String(gateway.port), scene.host, String(CONNECTIONS), String(SECONDS), String(RATE)]))
  const memory = (): number => residentBytes(processTree(gateway.pid)) / 2 ** 20
  await users()

  const floods: Array<[what: string, host: string, kind: string]> = [
    ...tenants.map(([what, host]): [string, string, string] => [`a tenant that ${what}, 150 clients`, host, 'requests']),
    ['150 clients that read nothing of a tenant that answers for ever', (tenants.find(([what]) => what === 'answers for ever') as [string, string, number])[1], 'slow-readers'],
    ['1,000 clients that send a line of the head a second', scene.host, 'slow-heads'],
    ['100 clients that send heads of 64 kB', scene.host, 'large-heads'],
    ['10,000 idle connections', scene.host, 'idle']
  ]
  let again = 0
  const rows = [['beside', 'p50 ms', 'p99 ms', 'alone', 'ratio', 'MiB']]
  const chosen = floods.filter(([what]) => what.includes(only))
  if (chosen.length === 0) throw new Error(`--only ${only}: in none of ${floods.map(([what]) => `"${what}"`).join(', ')}`)
  for (const [what, host, kind] of chosen) {
    const alone: Report[] = []
    const beside: Report[] = []
    let most = 0
    let left = MAX_AGAIN
    while (alone.length < rounds) {
      const before = coreTime(CORES)
      const undisturbed = await users()
      const end = await startFlood(t, gateway.port, host, kind)
      const disturbed = await users()
      most = Math.max(most, memory())
      await end()
      gateway.takeOutput()
      if (left > 0 && stolenShare(before, coreTime(CORES)) > MOST_STOLEN) {
        left--
        again++
        continue
      }
      alone.push(undisturbed)
      beside.push(disturbed)
    }
    const p99 = (reports: Report[]): number => median(reports.map(({ p99Ms }) => p99Ms))
    rows.push([what, median(beside.map(({ p50Ms }) => p50Ms)).toFixed(2), p99(beside).toFixed(2), p99(alone).toFixed(2), (p99(beside) / p99(alone)).toFixed(2), most.toFixed(0)])
  }
  say(columns(rows))
  if (again > 0) say(`\n${again} rounds were measured again, because the machine's host kept more than ${MOST_STOLEN * 100} % of its time for others.`)
  say('\nEvery request of the users was answered with what they asked for.')
}))

async function startFlood (t: Teardown, port: number, host: string, kind: string): Promise<() => Promise<void>> {
  const child = fork(program('flood.ts'), [String(port), host, kind], AT_LEISURE)
  t.teardown(() => { child.kill('SIGKILL') })
  const ended = once(child, 'exit')
  await Promise.race([once(child, 'message'), ended.then(() => { throw new Error('The flood did not begin') })])
  return async () => {
    child.kill('SIGKILL')
    await ended
  }
}
