import type { InstanceSpec } from '../../resources/container-spec.ts'
import type { Instance } from '../../tenants/instance-store.ts'
import type { Resources } from '../../tenants/tenant.ts'
import { bridgeName, networkName, volumeName } from '../../tenants/names.ts'
import type { ContainerRun } from '../../resources/engine.ts'
import { notOurs } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { wantedInstance } from '../pass.ts'
import type { Pass } from '../pass.ts'
import { tellingLine } from '../telling-line.ts'

const IMAGE_RETRY_MS = 60_000
export const STOP_GRACE_SECONDS = 10
const TAIL_LINES = 50

/** A container for the wanted instance: see `makeContainer`. */
export async function createContainer (pass: Pass, name: string, role: 'instance' | 'migration', command: string[] | null): Promise<Outcome | null> {
  const { desired: { spec } } = pass
  return await makeContainer(pass, { name, role, command, spec, instance: await wantedInstance(pass) })
}

/**
 * Makes a container for an instance, not started, and before it what it stands on: image, network, volume.
 * Returns null when it is there, or why it cannot be.
 */
export async function makeContainer (
  pass: Pass, { name, role, command, spec, instance }: { name: string, role: 'instance' | 'migration', command: string[] | null, spec: InstanceSpec, instance: Instance }
): Promise<Outcome | null> {
  const { config, engine, desired: { tenant } } = pass
  const image = await engine.ensureImage(spec.image, pass.signal)
  if (!image.found) return imageNotFound(spec.image, image.detail)
  const network = networkName(config.installation, config.tenantSubnet.poolOf(instance.address))
  const conflict = await ensureNetwork(pass, instance.address)
  if (conflict !== null) return conflict
  const volume = spec.volume ? volumeName(config.installation, tenant.id) : null
  if (volume !== null && await engine.ensureVolume(volume, tenant.id) === 'foreign') return notOurs(`volume "${volume}"`)
  const { installation } = config
  const created = await engine.create({
    name, role, installation, tenantId: tenant.id, specHash: instance.specHash, instance: spec, command, network, address: instance.address, volume, user: image.user
  })
  switch (created.kind) {
    case 'present': return null
    case 'foreign': return notOurs(`container "${name}"`)
    case 'refused': return { kind: 'failed', reason: 'ImageNotRunnable', message: `The engine cannot make a container of "${spec.image}": ${created.detail}`, retryAfterMs: IMAGE_RETRY_MS }
  }
}

/** Sees to it that the image is there, before something is given up for it. Returns null when it is. */
export async function ensureImage ({ engine, signal, desired: { spec } }: Pass): Promise<Outcome | null> {
  const image = await engine.ensureImage(spec.image, signal)
  return image.found ? null : imageNotFound(spec.image, image.detail)
}

/** Sees to it that the network of an address is there. Returns null when it is. */
export async function ensureNetwork ({ config: { installation, tenantSubnet }, engine }: Pass, address: string): Promise<Outcome | null> {
  const number = tenantSubnet.poolOf(address)
  const name = networkName(installation, number)
  const ensured = await engine.ensureNetwork({
    name, bridge: bridgeName(installation, number), subnet: tenantSubnet.subnetOf(number), gateway: tenantSubnet.gatewayOf(number)
  })
  return ensured === 'foreign' ? notOurs(`network "${name}"`) : null
}

function imageNotFound (image: string, detail: string): Outcome {
  const message = `The image "${image}" is neither on the engine nor can it be pulled: ${detail}`
  return { kind: 'failed', reason: 'ImageNotFound', message, retryAfterMs: IMAGE_RETRY_MS }
}

/** The last lines that a container wrote, for an event; none when they cannot be had. */
export async function outputOf (pass: Pass, container: string): Promise<string[]> {
  return await pass.engine.tail(container, TAIL_LINES).catch(() => [])
}

/** How a container ended, in words. */
export function describeExit ({ exitCode, oomKilled }: Pick<ContainerRun, 'exitCode' | 'oomKilled'>, { memoryBytes }: Resources): string {
  if (oomKilled) return `was ended because it needed more than its ${Math.round(memoryBytes / 2 ** 20)} MiB of memory`
  if (exitCode > 128) return `was ended by signal ${exitCode - 128}`
  return `ended with exit code ${exitCode}`
}

/** `: "…"` with the line of the output that tells most, or nothing. */
export function quoteTelling (output: string[]): string {
  const line = tellingLine(output)
  return line === undefined ? '.' : `: "${line.slice(0, 300)}"`
}
