// What a proxied request costs, beside other proxies, in one run: `npm run bench:gateway`. How, and what it takes: test/bench/README.md
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, release } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand, say, seconds } from '../../deploy/say.ts'
import { judge } from './bars.ts'
import { CASES } from './cases.ts'
import { readOptions } from './options.ts'
import { unpackPackages } from './packages.ts'
import { caddy, caddyTuned } from './proxies/caddy.ts'
import { configurableHttpProxy } from './proxies/configurable-http-proxy.ts'
import { gateway } from './proxies/gateway.ts'
import { haproxy } from './proxies/haproxy.ts'
import { nginxLua } from './proxies/nginx-lua.ts'
import { nginx } from './proxies/nginx.ts'
import type { Proxy } from './proxies/proxy.ts'
import { stock } from './proxies/stock.ts'
import { measureAll } from './rounds.ts'
import { layScene, startProxies, stayOn } from './scene.ts'
import { barTable, caseTable } from './table.ts'
import { withUndo } from './undo.ts'

const STATE = fileURLToPath(new URL('../.state/', import.meta.url))
const CORES_FOR_TWO = 4
const PROXIES: readonly Proxy[] = [
  gateway('ours', 'Berth', 1, '1'), stock, configurableHttpProxy, nginxLua, haproxy, caddy, caddyTuned, nginx, gateway('two', 'Berth, two workers', 2, '1,2')
]

await runCommand(async () => {
  const began = performance.now()
  const options = readOptions(process.argv.slice(2), { proxies: PROXIES.map(({ id }) => id), cases: CASES.map(({ id }) => id) })
  const cores = availableParallelism()
  if (cores < 2) throw new Error('This takes two cores: one for the proxy, one for the load')
  const loadCores = cores >= CORES_FOR_TWO ? [0, 3] : [0]
  const wanted = PROXIES.filter(({ id }) => (options.only.length === 0 || options.only.includes(id)) && (id !== 'two' || cores >= CORES_FOR_TWO))
  const cases = CASES.filter(({ id }) => options.cases.length === 0 || options.cases.includes(id))
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, Linux ${release()}, Node ${process.version}, load ${loadavg().map(load => load.toFixed(1)).join(' ')} at the start`
  await stayOn(loadCores)

  await withUndo(async t => {
    const { find, env } = await unpackPackages('wrk', ['wrk'])
    const { scene, origin } = await layScene(t, 'bt-bench-gateway', loadCores)
    const { contestants, absent } = await startProxies(t, scene, wanted)
    const all = [...contestants, { id: 'direct', title: 'no proxy', proxy: origin }]
    const { medians, failures } = await measureAll(all, cases, options.rounds, {
      wrk: { file: find('usr/bin/wrk'), env }, seconds: options.seconds, loadCores, proxyCores: [1], host: scene.host, echoHost: scene.echoHost
    })

    const titles = new Map(all.map(({ id, title, proxy }) => [id, `${title} ${proxy.version}`]))
    const bars = judge(medians)
    say(`${machine}\nThe proxy has core 1, load and origin have core ${loadCores.join(' and ')}; medians of ${options.rounds} rounds of ${options.seconds} s.\n`)
    for (const each of cases) {
      say(caseTable(each, medians.get(each.id) ?? new Map(), titles))
      for (const { title, unfit } of contestants) if (unfit?.has(each.id)) say(`  Not measured: ${title}: ${unfit.get(each.id)}.`)
      say('')
    }
    for (const { title, why } of absent) say(`Absent: ${title}: ${why}`)
    if (cores < CORES_FOR_TWO) say(`Absent: two workers: they take ${CORES_FOR_TWO} cores, and this machine has ${cores}`)
    say(`\n${barTable(bars)}`)

    const file = options.out === '' ? join(STATE, 'bench-gateway.json') : options.out
    await mkdir(STATE, { recursive: true })
    await writeFile(file, JSON.stringify({
      at: new Date().toISOString(),
      machine,
      rounds: options.rounds,
      seconds: options.seconds,
      versions: Object.fromEntries(titles),
      absent,
      failures,
      bars,
      cases: Object.fromEntries([...medians].map(([id, samples]) => [id, Object.fromEntries(samples)]))
    }, null, 2))
    say(`\n${file}, ${seconds(performance.now() - began)}`)
    if (failures.length > 0) throw new Error(`Not measured:\n  ${failures.join('\n  ')}`)
  })
})
