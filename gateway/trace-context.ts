import { randomBytes } from 'node:crypto'

/** W3C Trace Context §3.2.2: version, trace ID, parent ID, flags; neither ID is all zeros. A later version may have more after it. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/

export function isTraceparent (value: string): boolean {
  const parts = TRACEPARENT.exec(value)
  return parts !== null && (parts[1] !== '00' || parts[2] === undefined)
}

const ID_BYTES = 24
const POOL_BYTES = ID_BYTES * 256
let pool = Buffer.alloc(0)
let used = POOL_BYTES

/** A trace that begins here. Its flag is "sampled", so that a tenant's own sampler decides as it would without a gateway. */
export function beginTrace (): string {
  if (used === POOL_BYTES) {
    pool = randomBytes(POOL_BYTES)
    used = 0
  }
  const hex = pool.toString('hex', used, used + ID_BYTES)
  used += ID_BYTES
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-01`
}
