import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../errors.ts'
import type { Engine, ImageLookup } from '../resources/engine.ts'

/** How long a request waits for an image that has to be pulled. */
const WAIT_MS = 20_000

/**
 * Sees to it that the engine has the image of a release, before there is a release that new tenants would fail with. Throws
 * image_not_found with the engine's words, or image_pending when that is not known in time: the pull goes on then, and a
 * repeat waits for the same.
 */
export function imageCheck (engine: Pick<Engine, 'ensureImage'>, closing: AbortSignal, waitMs = WAIT_MS): (image: string) => Promise<void> {
  const underWay = new Map<string, Promise<ImageLookup>>()

  function lookUp (image: string): Promise<ImageLookup> {
    const started = engine.ensureImage(image, closing).finally(() => { underWay.delete(image) })
    // Nobody may be waiting any more when it fails.
    started.catch(() => {})
    underWay.set(image, started)
    return started
  }

  return async image => {
    const late = new AbortController()
    const found = await Promise.race([
      underWay.get(image) ?? lookUp(image),
      delay(waitMs, null, { signal: AbortSignal.any([late.signal, closing]) }).catch(() => null)
    ]).finally(() => { late.abort() })
    if (found === null) throw new Problem('image_pending', `Whether the image "${image}" can be had is not known after ${waitMs / 1000} seconds; it is still being pulled. Repeat the request to wait for it.`)
    if (!found.found) throw new Problem('image_not_found', `The image "${image}" is neither on the engine nor can it be pulled: ${found.detail}`, { invalidParams: [{ pointer: '/image', detail: 'is not an image that the engine has or can pull' }] })
  }
}
