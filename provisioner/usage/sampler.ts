import { readCgroups } from '../resources/cgroups.ts'
import type { ContainerUsage } from '../resources/cgroups.ts'
import type { Engine } from '../resources/engine.ts'
import { readStatistics } from '../resources/engine-statistics.ts'
import type { Sample } from './credit.ts'

/** The engine's own statistics take it up to 30 ms of CPU time each: so many are asked for each time, in turn. */
const ASKED_A_TIME = 25
const ASKED_AT_ONCE = 2
/** Who is what is asked again this often, without a container that nobody knows. */
const LIST_EVERY = 10

export interface SamplerSettings { cgroupRoot: string, dockerSocket: string }

/** Looks at what the containers of tenants use. */
export class Sampler {
  readonly #engine: Pick<Engine, 'list'>
  readonly #settings: SamplerSettings
  /** Running containers and whose they are; null: somebody else's. */
  #owners = new Map<string, string | null>()
  /** When each container that only the engine tells of was last asked for. */
  #askedAt = new Map<string, number>()
  #round = 0

  constructor (engine: Pick<Engine, 'list'>, settings: SamplerSettings) {
    this.#engine = engine
    this.#settings = settings
  }

  /** What they show now. Throws when the engine is away. */
  async sample (): Promise<Sample[]> {
    const counted = await readCgroups(this.#settings.cgroupRoot)
    this.#round++
    const known = counted !== null && [...counted.keys()].every(id => this.#owners.has(id))
    if (!known || this.#round % LIST_EVERY === 0) await this.#ask(counted?.keys() ?? [])
    const samples: Sample[] = []
    const dear: Array<[string, string]> = []
    for (const [container, tenantId] of this.#owners) {
      if (tenantId === null) continue
      const usage = counted?.get(container)
      if (usage !== undefined) samples.push({ container, tenantId, complete: true, ...usage })
      else dear.push([container, tenantId])
    }
    return [...samples, ...await this.#askFor(dear)]
  }

  async #ask (others: Iterable<string>): Promise<void> {
    this.#owners = new Map([...others].map(id => [id, null]))
    for (const { id, tenantId, state } of await this.#engine.list()) {
      if (state === 'running' || state === 'paused') this.#owners.set(id, tenantId)
    }
  }

  async #askFor (containers: Array<[string, string]>): Promise<Sample[]> {
    this.#askedAt = new Map(containers.map(([id]) => [id, this.#askedAt.get(id) ?? 0]))
    const queue = [...containers].sort(([a], [b]) => (this.#askedAt.get(a) ?? 0) - (this.#askedAt.get(b) ?? 0)).slice(0, ASKED_A_TIME)
    for (const [id] of queue) this.#askedAt.set(id, this.#round)
    const samples: Sample[] = []
    await Promise.all(Array.from({ length: ASKED_AT_ONCE }, async () => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const [container, tenantId] = next
        const usage: ContainerUsage | null = await readStatistics(this.#settings.dockerSocket, container)
        if (usage !== null) samples.push({ container, tenantId, complete: false, ...usage })
      }
    }))
    return samples
  }
}
