import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { describeExit, quoteTelling } from '../reconcile/steps/container.ts'
import { instanceSpec, specHash } from '../resources/container-spec.ts'
import type { InstanceSpec } from '../resources/container-spec.ts'
import type { ContainerRun, Engine } from '../resources/engine.ts'
import { probeHealth } from '../resources/health-probe.ts'
import { bridgeName, databasePassword, networkName, volumeName } from '../tenants/names.ts'
import { tenantUrl } from '../tenants/tenant-url.ts'
import type { Release } from '../tenants/tenant.ts'
import { Rejection } from './rejection.ts'

const TAIL_LINES = 50
const PROBE_PAUSE_MS = 100
const PROBE_TIMEOUT_MS = 2000
/** The slug that what a proof runs is told. */
const PROOF_SLUG = 'berth-proof'

/** What runs in a proof: as it would be for a tenant, under the release's own id. */
export interface Site {
  config: Config
  engine: Engine
  release: Release
  /** The image, pinned, and the user that it runs as. */
  image: string
  user: string
  address: string
  signal: AbortSignal
}

/** Runs the migrate command to its end. Returns its last lines. Throws Rejection. */
export async function runMigration (site: Site, command: string[]): Promise<string[]> {
  const { config: { reconcile: { migrateTimeoutMs } }, engine, signal } = site
  const { name, spec } = await begin(site, 'migration', command, 'MigrationFailed')
  const late = AbortSignal.timeout(migrateTimeoutMs)
  try {
    await engine.awaitExit(name, AbortSignal.any([signal, late]))
  } catch (err) {
    if (signal.aborted || !late.aborted) throw err
    throw new Rejection('MigrationTimedOut', `The migration did not end within ${migrateTimeoutMs / 1000} seconds.`, await engine.tail(name, TAIL_LINES))
  }
  const run = await engine.inspect(name)
  if (run === null) throw new Error('The container of the migration is gone.')
  const output = await engine.tail(name, TAIL_LINES)
  // Ended from outside, by a restart of the engine or by hand, it says nothing about itself.
  if (run.exitCode > 128 && !run.oomKilled) throw new Error(`The migration ${describeExit(run, spec.resources)}.`)
  if (run.exitCode !== 0) throw new Rejection('MigrationFailed', `The migration ${describeExit(run, spec.resources)}${quoteTelling(output)}`, output)
  await engine.stopAndRemove(name, 0)
  return output
}

/** Starts an instance and waits until it answers its health path. Throws Rejection. */
export async function runInstance (site: Site): Promise<void> {
  const { config: { reconcile: { startTimeoutMs } }, engine, address, release: { healthPath: path, port }, signal } = site
  const { name, spec } = await begin(site, 'proof', null, 'InstanceNotStartable')
  const deadline = Date.now() + startTimeoutMs
  for (;;) {
    signal.throwIfAborted()
    const health = await probeHealth({ address, port, path, timeoutMs: PROBE_TIMEOUT_MS })
    if (health.healthy) break
    const run = await engine.inspect(name)
    if (run === null) throw new Error('The container of the instance is gone.')
    if (run.state === 'exited' || run.state === 'dead') throw await ended(site, name, spec, run)
    if (Date.now() > deadline) {
      throw new Rejection('NeverHealthy', `The instance did not become ready within ${startTimeoutMs / 1000} seconds: ${health.detail}.`, await engine.tail(name, TAIL_LINES))
    }
    await delay(PROBE_PAUSE_MS)
  }
  await engine.stopAndRemove(name, 0)
}

async function ended ({ engine }: Site, name: string, { resources }: InstanceSpec, run: ContainerRun): Promise<Rejection> {
  const output = await engine.tail(name, TAIL_LINES)
  return new Rejection(run.oomKilled ? 'OutOfMemory' : 'InstanceExited', `The instance ${describeExit(run, resources)} before it was ready${quoteTelling(output)}`, output)
}

/** Makes a container and starts it. */
async function begin (site: Site, role: 'migration' | 'proof', command: string[] | null, reason: string): Promise<{ name: string, spec: InstanceSpec }> {
  const { config: { installation, tenantSubnet }, engine, release, image, user, address, signal } = site
  const spec = specOf(site)
  const name = `${installation}-${release.id}-${role}`
  const pool = tenantSubnet.poolOf(address)
  const network = networkName(installation, pool)
  const made = await engine.ensureNetwork({ name: network, bridge: bridgeName(installation, pool), subnet: tenantSubnet.subnetOf(pool), gateway: tenantSubnet.gatewayOf(pool) })
  const volume = release.volume ? volumeName(installation, release.id) : null
  const taken = volume === null ? 'present' : await engine.ensureVolume(volume, release.id)
  if (made === 'foreign' || taken === 'foreign') throw new Error(`The network "${network}" or the volume "${volume}" was not made by this installation.`)
  signal.throwIfAborted()
  const created = await engine.create({ name, role, installation, tenantId: release.id, specHash: specHash(spec), instance: spec, command, network, address, volume, user })
  if (created.kind === 'foreign') throw new Error(`The container "${name}" was not made by this installation.`)
  if (created.kind === 'refused') throw new Rejection('ImageNotRunnable', `The engine cannot make a container of "${image}": ${created.detail}`)
  const started = await engine.start(name)
  if (started.kind === 'refused') throw new Rejection(reason, `The container cannot be started: ${started.detail}`)
  return { name, spec }
}

function specOf ({ config, release, image }: Site): InstanceSpec {
  const { databaseServer, masterKey, publicUrl, baseDomain, containerRuntime } = config
  const { id } = release
  const domains = [{ host: `${PROOF_SLUG}.${baseDomain}`, primary: true }]
  return instanceSpec({ ...release, pinned: image }, { env: {}, resources: {}, restarts: 0 }, {
    database: { host: databaseServer.tenantHost, port: String(databaseServer.port), name: id, user: id, password: databasePassword(masterKey, id) },
    tenant: { id, slug: PROOF_SLUG, url: tenantUrl(publicUrl, { domains, slug: PROOF_SLUG }) }
  }, containerRuntime)
}
