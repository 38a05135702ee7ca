// How long tenants take to come and to go. `npm run bench:provision`
import { setTimeout as delay } from 'node:timers/promises'
import { arch, cpus, loadavg, totalmem } from 'node:os'
import { run } from '../../deploy/command.ts'
import { startGateway } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import { layGround } from '../world/installation.ts'
import { freePort } from '../world/ports.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, leaveOldRelease, SAMPLE_RELEASE } from '../world/tenants.ts'
import { withUndo } from './undo.ts'

const ROUNDS = 20
/** Asking costs the same cores that the tenant starts on, so not too often. */
const POLL_MS = 25
const AT_ONCE = 20
const TENANTS_AT_RESTART = 50

const round = (ms: number): string => `${Math.round(ms)} ms`
const quantile = (values: number[], q: number): number => [...values].sort((a, b) => a - b)[Math.min(Math.floor(values.length * q), values.length - 1)] as number
const summary = (values: number[]): string => `p50 ${round(quantile(values, 0.5))}, p90 ${round(quantile(values, 0.9))}, max ${round(Math.max(...values))}`

await withUndo(async t => {
  const ground = await layGround(t, 'bench', 8)
  let provisioner = await startProvisioner(t, ground)
  const gateway = await startGateway(t, { redis: ground.redis })
  // One that was never proven has no template: its tenants are migrated when they are made.
  await leaveOldRelease(ground, { version: 'unproven' })
  await createRelease(provisioner)
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`)

  const answers = async (host: string): Promise<boolean> => (await request({ port: gateway.port, host, path: '/healthz' })).status === 200
  const untilAnswers = async (host: string): Promise<void> => { while (!await answers(host)) await delay(POLL_MS) }

  /** From the POST to the first 200 through the gateway, in milliseconds. */
  async function create (slug: string, release?: string): Promise<number> {
    const began = performance.now()
    const { status, text } = await provisioner.api('POST', '/v1/tenants', { slug, release })
    if (status !== 202) throw new Error(text)
    await untilAnswers(`${slug}.berth.test`)
    return performance.now() - began
  }

  async function remove (slug: string): Promise<number> {
    const began = performance.now()
    const { status, text } = await provisioner.api('DELETE', `/v1/tenants/${slug}?wait=60`)
    if (status !== 204) throw new Error(text)
    return performance.now() - began
  }

  /** The floor: `docker run` of the image, without anything of Berth, until it answers; its /healthz needs no database to say 503. */
  async function floor (): Promise<number> {
    const port = await freePort()
    const began = performance.now()
    const id = (await run('docker', ['run', '--detach', '--network', 'host', '--label', `berth.installation=${ground.installation}`, '--read-only', '--cap-drop', 'ALL',
      '--env', `PORT=${port}`, '--env', 'TENANT_ID=tn_000000000000', '--env', 'DATABASE_URL=postgres://nobody:nothing@127.0.0.1:1/nothing', SAMPLE_RELEASE.image])).trim()
    while (await request({ port, path: '/healthz' }).catch(() => null) === null) await delay(5)
    const took = performance.now() - began
    await run('docker', ['rm', '--force', id])
    return took
  }

  const floors: number[] = []
  const creates: number[] = []
  const migrated: number[] = []
  const deletes: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    floors.push(await floor())
    creates.push(await create(`one${i}`))
    deletes.push(await remove(`one${i}`))
    migrated.push(await create(`old${i}`, 'unproven'))
    await remove(`old${i}`)
  }
  console.log(`floor: docker run of the image until it answers   ${summary(floors)}`)
  console.log(`one tenant: POST to the first 200 at the gateway  ${summary(creates)}   = ${(quantile(creates, 0.5) / quantile(floors, 0.5)).toFixed(2)} × floor`)
  console.log(`the same, migrated and not a copy of a template     ${summary(migrated)}   = ${(quantile(migrated, 0.5) / quantile(creates, 0.5)).toFixed(2)} × the copy`)
  console.log(`one tenant: DELETE until nothing is left          ${summary(deletes)}`)

  const began = performance.now()
  const each = await Promise.all(Array.from({ length: AT_ONCE }, async (_, i) => await create(`all${i}`)))
  console.log(`${AT_ONCE} at once: until all answer                       ${round(performance.now() - began)}   each: ${summary(each)}`)

  for (let i = AT_ONCE; i < TENANTS_AT_RESTART; i += 10) await Promise.all(Array.from({ length: 10 }, async (_, k) => await create(`all${i + k}`)))
  const restarts: number[] = []
  for (let i = 0; i < 5; i++) {
    await provisioner.kill()
    const killed = performance.now()
    provisioner = await startProvisioner(t, ground, { BERTH_API_PORT: String(provisioner.port) })
    restarts.push(performance.now() - killed)
  }
  console.log(`restart of the provisioner with ${TENANTS_AT_RESTART} tenants: ready    ${summary(restarts)}`)
})
