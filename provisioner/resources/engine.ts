import { setTimeout as delay } from 'node:timers/promises'
import Docker from 'dockerode'
import { Readable } from 'node:stream'
import { createBody, FALLBACK_USER, LABELS } from './container-spec.ts'
import type { ContainerSpec } from './container-spec.ts'
import { demultiplex, lastLines } from './container-logs.ts'
import { directoryArchive } from './directory-archive.ts'
import { repositoryOf } from './image-reference.ts'
import { jsonLines } from './json-lines.ts'
import { pullProgress } from './pull-progress.ts'
import type { PullEvent } from './pull-progress.ts'
import { CredentialsError, readCredentials } from './registry-credentials.ts'
import { absentIsNull, existsIsFine, reasonOf, refusal, unchangedIsFine } from './engine-errors.ts'
import type { Refusal } from './engine-errors.ts'

export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'

/** A container that carries this installation's label. */
export interface Container {
  id: string
  name: string
  tenantId: string
  role: 'instance' | 'migration'
  specHash: string
  state: ContainerState
  /** IPv4 addresses on its networks, of one that does not run those that it will have. */
  addresses: string[]
}

/** The last run of a container. `exitCode` and `finishedAt` speak of it only when it has ended. */
export interface ContainerRun {
  state: ContainerState
  exitCode: number
  oomKilled: boolean
  startedAt: Date
  finishedAt: Date
  /** How often the engine restarted it by itself. */
  restarts: number
}

export interface Network { name: string, bridge: string, subnet: string, gateway: string }

/** `pinned` stays the same image whatever becomes of its name: by digest where it has one, or by its id on the engine. */
export type ImageLookup = { found: true, user: string, pinned: string } | { found: false, detail: string }

/** A change of one of our containers. */
export interface EngineEvent { tenantId: string, action: string, container: string }

/**
 * The container engine, as much as Berth needs of it. Everything is safe to repeat: what is there already, or is gone
 * already, is no error. Nothing without this installation's label is listed, changed or removed.
 */
export interface Engine {
  list (tenantId?: string): Promise<Container[]>
  /** Finds the image on the engine, or pulls it, and then tells how far that is. */
  ensureImage (image: string, signal: AbortSignal, onProgress?: (message: string) => void): Promise<ImageLookup>
  /** Returns 'foreign', and touches nothing, when a network of that name is not ours. */
  ensureNetwork (network: Network): Promise<'present' | 'foreign'>
  ensureVolume (name: string, tenantId: string): Promise<'present' | 'foreign'>
  /** 'foreign': a container of that name is not ours, and nothing is touched. 'refused': the engine never makes one like that. */
  create (spec: ContainerSpec): Promise<{ kind: 'present' | 'foreign' } | Refusal>
  start (name: string): Promise<{ kind: 'started' } | Refusal>
  /** Puts a running container onto a network at an address, also one that is there at another; it runs on. False: it ends, or is there. */
  attach (name: string, network: string, address: string): Promise<boolean>
  /** Asks with SIGTERM, ends after `graceSeconds`, and keeps the container. */
  stop (name: string, graceSeconds: number): Promise<void>
  /** Asks with SIGTERM, ends after `graceSeconds`, and removes. */
  stopAndRemove (name: string, graceSeconds: number): Promise<void>
  inspect (name: string): Promise<ContainerRun | null>
  /** Waits until the container has ended, or the signal aborts, which rejects. */
  awaitExit (name: string, signal: AbortSignal): Promise<void>
  /** The last lines of what the container wrote, oldest first. */
  tail (name: string, lines: number): Promise<string[]>
  /** What the container wrote and, with `follow`, goes on to write, as text. */
  logs (name: string, options: { tail: number, follow: boolean }): Promise<Readable>
  volumes (): Promise<Array<{ name: string, tenantId: string }>>
  removeVolume (name: string): Promise<void>
  /** Tells of changes until the stream ends or fails, which rejects. */
  watch (listener: (event: EngineEvent) => void, signal: AbortSignal): Promise<void>
  ping (): Promise<void>
}

const PULL_TIMEOUT_MS = 300_000
/** How long a container must have been seen to run without its network before it is put back onto it. */
const SETTLE_MS = 1000
const WATCHED = ['die', 'oom', 'destroy', 'stop', 'pause', 'unpause', 'disconnect']

interface RawEvent { Type: string, Action: string, Actor: { Attributes: Record<string, string> } }

export function openEngine (socketPath: string, installation: string, registryAuthFile = ''): Engine {
  const docker = new Docker({ socketPath })
  const ourLabel = `${LABELS.installation}=${installation}`
  const isOurs = (labels: Record<string, string> | undefined): boolean => labels?.[LABELS.installation] === installation

  /** The container of that name when it is ours. Somebody else's is to us as if there were none. */
  async function inspectOurs (name: string): Promise<Docker.ContainerInspectInfo | null> {
    // Events of networks name a container that is gone already by ''; the engine would redirect, and the client follow to nowhere.
    if (name === '') return null
    const info = await absentIsNull(docker.getContainer(name).inspect())
    return info !== null && isOurs(info.Config.Labels) ? info : null
  }

  /** The event of a container of a tenant of ours. One of a network names the container by its id only. */
  async function ourEvent ({ Type, Action, Actor: { Attributes } }: RawEvent): Promise<EngineEvent | null> {
    const info = Type === 'network' ? await inspectOurs(Attributes.container ?? '') : null
    const labels = info?.Config.Labels ?? Attributes
    const tenantId = labels[LABELS.tenant]
    if (!isOurs(labels) || tenantId === undefined) return null
    return { tenantId, action: Action, container: info?.Name.slice(1) ?? Attributes.name ?? '' }
  }

  async function pull (image: string, signal: AbortSignal, onProgress: (message: string) => void): Promise<void> {
    const credentials = await readCredentials(registryAuthFile, image)
    const stream = await docker.pull(image, {
      abortSignal: AbortSignal.any([signal, AbortSignal.timeout(PULL_TIMEOUT_MS)]), ...(credentials === null ? {} : { authconfig: credentials })
    })
    const describe = pullProgress()
    await new Promise<void>((resolve, reject) => docker.modem.followProgress(stream, err => err ? reject(err) : resolve(), event => { onProgress(describe(event as PullEvent)) }))
  }

  /**
   * Gives the volume to the user of the container: the engine makes it root's. A container that is never started, and so can
   * have a root that is written to, is enough to unpack an archive through.
   */
  async function giveVolume (spec: ContainerSpec): Promise<void> {
    const body = createBody({ ...spec, name: `${spec.name}-volume`, role: 'migration', command: ['true'] })
    const unpacker = await docker.createContainer({ ...body, HostConfig: { ...body.HostConfig, ReadonlyRootfs: false } })
    try {
      await unpacker.putArchive(directoryArchive('data', spec.user), { path: '/' })
    } finally {
      await unchangedIsFine(unpacker.remove({ force: true }))
    }
  }

  return {
    async list (tenantId) {
      const label = tenantId === undefined ? [ourLabel, LABELS.tenant] : [ourLabel, `${LABELS.tenant}=${tenantId}`]
      const containers = await docker.listContainers({ all: true, filters: { label } })
      return containers.map(info => ({
        id: info.Id,
        name: (info.Names[0] ?? '').slice(1),
        tenantId: info.Labels[LABELS.tenant] ?? '',
        role: info.Labels[LABELS.role] === 'migration' ? 'migration' : 'instance',
        specHash: info.Labels[LABELS.specHash] ?? '',
        state: info.State as ContainerState,
        addresses: Object.values(info.NetworkSettings.Networks).map(({ IPAMConfig, IPAddress }) => (IPAMConfig as { IPv4Address?: string } | null)?.IPv4Address ?? IPAddress)
      }))
    },

    async ensureImage (image, signal, onProgress = () => {}) {
      let info = await absentIsNull(docker.getImage(image).inspect())
      if (info === null) {
        if (image.startsWith('sha256:')) return { found: false, detail: 'it is known by its ID alone, so nobody else has it. Build or load it again under its name, and create a release of that.' }
        try {
          await pull(image, signal, onProgress)
        } catch (err) {
          // Broken off, which says nothing about the image.
          if (signal.aborted || err instanceof CredentialsError) throw err
          return { found: false, detail: reasonOf(err) }
        }
        info = await docker.getImage(image).inspect()
      }
      const user = info.Config?.User ?? ''
      const digest = info.RepoDigests?.find(reference => reference.startsWith(`${repositoryOf(image)}@`))
      return { found: true, user: /^(|0|root)(:|$)/.test(user) ? FALLBACK_USER : user, pinned: digest ?? info.Id }
    },

    async ensureNetwork ({ name, bridge, subnet, gateway }) {
      const found = await absentIsNull(docker.getNetwork(name).inspect())
      if (found !== null) return isOurs(found.Labels) ? 'present' : 'foreign'
      await existsIsFine(docker.createNetwork({
        Name: name,
        CheckDuplicate: true,
        Driver: 'bridge',
        IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: gateway }] },
        Options: { 'com.docker.network.bridge.name': bridge, 'com.docker.network.bridge.enable_icc': 'false' },
        Labels: { [LABELS.installation]: installation }
      }))
      return 'present'
    },

    async ensureVolume (name, tenantId) {
      const found = await absentIsNull(docker.getVolume(name).inspect())
      if (found !== null) return isOurs(found.Labels) ? 'present' : 'foreign'
      await docker.createVolume({ Name: name, Labels: { [LABELS.installation]: installation, [LABELS.tenant]: tenantId } })
      return 'present'
    },

    async create (spec) {
      try {
        if (spec.volume !== null) await giveVolume(spec)
        const created = await existsIsFine(docker.createContainer(createBody(spec)))
        if (created === null) {
          const found = await absentIsNull(docker.getContainer(spec.name).inspect())
          return { kind: found !== null && !isOurs(found.Config.Labels) ? 'foreign' : 'present' }
        }
        return { kind: 'present' }
      } catch (err) {
        return refusal(err)
      }
    },

    async start (name) {
      try {
        await unchangedIsFine(docker.getContainer(name).start())
        return { kind: 'started' }
      } catch (err) {
        return refusal(err)
      }
    },

    async attach (name, network, address) {
      const before = await inspectOurs(name)
      if (before === null || !before.State.Running) return false
      // A container that ends loses its network a moment before it is said to have ended; to connect it then leaves an endpoint
      // behind that the engine never lets go of.
      await delay(SETTLE_MS)
      const info = await inspectOurs(name)
      if (info === null || !info.State.Running || info.State.StartedAt !== before.State.StartedAt) return false
      const at = info.NetworkSettings.Networks[network]
      if (at?.IPAddress === address) return false
      const found = docker.getNetwork(network)
      if (at !== undefined) await found.disconnect({ Container: info.Id, Force: true })
      await found.connect({ Container: info.Id, EndpointConfig: { IPAMConfig: { IPv4Address: address } } })
      return true
    },

    async stop (name, graceSeconds) {
      const info = await inspectOurs(name)
      if (info === null) return
      const container = docker.getContainer(info.Id)
      if (info.State.Paused) await unchangedIsFine(container.unpause())
      await unchangedIsFine(container.stop({ t: graceSeconds }))
    },

    async stopAndRemove (name, graceSeconds) {
      const info = await inspectOurs(name)
      if (info === null) return
      const container = docker.getContainer(info.Id)
      if (info.State.Paused) await unchangedIsFine(container.unpause())
      if (graceSeconds > 0 && (info.State.Running || info.State.Restarting)) await unchangedIsFine(container.stop({ t: graceSeconds }))
      await unchangedIsFine(container.remove({ force: true, v: true }))
    },

    async inspect (name) {
      const info = await inspectOurs(name)
      if (info === null) return null
      return {
        state: info.State.Status as ContainerState,
        exitCode: info.State.ExitCode,
        oomKilled: info.State.OOMKilled,
        startedAt: new Date(info.State.StartedAt),
        finishedAt: new Date(info.State.FinishedAt),
        restarts: info.RestartCount
      }
    },

    async awaitExit (name, signal) {
      await absentIsNull(docker.getContainer(name).wait({ abortSignal: signal, condition: 'not-running' }))
    },

    async tail (name, lines) {
      if (await inspectOurs(name) === null) return []
      const output = await docker.getContainer(name).logs({ stdout: true, stderr: true, follow: false, tail: lines })
      return lastLines(output, lines)
    },

    async logs (name, { tail, follow }) {
      if (await inspectOurs(name) === null) return Readable.from([])
      const options = { stdout: true, stderr: true, timestamps: true, tail }
      const container = docker.getContainer(name)
      return follow
        ? demultiplex(await container.logs({ ...options, follow: true }) as Readable)
        : demultiplex(await container.logs({ ...options, follow: false }))
    },

    async volumes () {
      const { Volumes } = await docker.listVolumes({ filters: { label: [ourLabel, LABELS.tenant] } })
      return (Volumes ?? []).map(volume => ({ name: volume.Name, tenantId: volume.Labels[LABELS.tenant] ?? '' }))
    },

    async removeVolume (name) {
      const found = await absentIsNull(docker.getVolume(name).inspect())
      if (found !== null && isOurs(found.Labels)) await absentIsNull(docker.getVolume(name).remove())
    },

    async watch (listener, signal) {
      const stream = await docker.getEvents({
        abortSignal: signal, filters: JSON.stringify({ type: ['container', 'network'], event: WATCHED })
      }) as Readable
      for await (const raw of jsonLines(stream)) {
        const event = await ourEvent(raw as RawEvent)
        if (event !== null) listener(event)
      }
      throw new Error('The engine closed its event stream.')
    },

    async ping () { await docker.ping() }
  }
}
