import { randomId } from './random-ids.ts'

/** W3C Trace Context §3.2.2: version, trace ID, parent ID, flags; neither ID is all zeros. A later version may have more after it. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/

export function isTraceparent (value: string): boolean {
  const parts = TRACEPARENT.exec(value)
  return parts !== null && (parts[1] !== '00' || parts[2] === undefined)
}

/** A trace that begins here. Its flag is "sampled", so that a tenant's own sampler decides as it would without a gateway. */
export function beginTrace (): string {
  return `00-${randomId()}-${randomId().slice(16)}-01`
}
