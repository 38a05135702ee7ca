/** One line of the engine's answer to a pull (Docker Engine API, "Create an image"). */
export interface PullEvent { id?: string, status?: string, progressDetail?: { current?: number, total?: number } }

const LAYER_DONE = /^(?:Pull complete|Already exists|Download complete)$/
const LAYER = /^(?:Pulling fs layer|Waiting|Downloading|Verifying Checksum|Download complete|Extracting|Pull complete|Already exists)$/

/** Returns a function that takes a pull's events one by one and says in words how far it is. */
export function pullProgress (): (event: PullEvent) => string {
  const layers = new Map<string, { done: boolean, current: number, total: number }>()
  return ({ id = '', status = '', progressDetail = {} }) => {
    if (LAYER.test(status)) {
      const before = layers.get(id) ?? { done: false, current: 0, total: 0 }
      const { current, total } = status === 'Downloading' ? { ...before, ...progressDetail } : before
      const done = before.done || LAYER_DONE.test(status)
      layers.set(id, { done, current: done ? total : current, total })
    }
    const all = [...layers.values()]
    const megabytes = (key: 'current' | 'total'): string => (all.reduce((sum, layer) => sum + layer[key], 0) / 1e6).toFixed(1)
    return `The image is pulled: ${all.filter(({ done }) => done).length} of ${all.length} layers, ${megabytes('current')} of ${megabytes('total')} MB known so far.`
  }
}
