/**
 * What one tenant may take of a gateway, so that it cannot take its neighbours' part. Contract between the provisioner,
 * which checks and publishes what an operator sets for a tenant, and the gateway, which keeps to it.
 *
 * A route carries overrides; whatever it leaves out is as the gateway's settings say. Of a gateway that is alone the limits
 * are those of the tenant; of several, each applies all of them by itself, except the rate, which they share.
 */
export interface Limits {
  /** HTTP connections to the instance at once. A WebSocket is not among them. */
  readonly connections: number
  /** Requests waiting for one of those connections. */
  readonly queue: number
  /** How long a request waits for one. */
  readonly queueTimeoutMs: number
  /** Infinity: as many as come. */
  readonly requestsPerSecond: number
  /** Requests at once after a quiet while, when there is a rate. */
  readonly burst: number
  /** Largest body of a request. */
  readonly bodyBytes: number
  /** Between two parts of a request's body, while the gateway wants more of it. */
  readonly bodyTimeoutMs: number
  /** From the end of the request to the head of its answer. */
  readonly responseTimeoutMs: number
  /** Between two parts of the answer. */
  readonly idleTimeoutMs: number
  readonly websockets: number
}

export type LimitName = keyof Limits
export type LimitOverrides = Partial<Limits>

export interface Bounds {
  readonly min: number
  readonly max: number
  /** Whether fractions are no values. */
  readonly whole: boolean
}

const DAY_MS = 86_400_000
/** More connections than this cannot lead from one address to another. */
const PORTS = 65_535

/**
 * What each limit can be, in the order in which they are written and shown. A reader that meets a value beyond its bounds takes the
 * whole record for unreadable: bounds may become wider, in gateways first, and never narrower.
 */
export const LIMIT_BOUNDS: Readonly<Record<LimitName, Bounds>> = {
  connections: { min: 1, max: PORTS, whole: true },
  queue: { min: 0, max: 1_000_000, whole: true },
  queueTimeoutMs: { min: 1, max: DAY_MS, whole: true },
  requestsPerSecond: { min: 0.01, max: 1_000_000, whole: false },
  burst: { min: 1, max: 1_000_000, whole: true },
  bodyBytes: { min: 1, max: 2 ** 50, whole: true },
  bodyTimeoutMs: { min: 1, max: DAY_MS, whole: true },
  responseTimeoutMs: { min: 1, max: DAY_MS, whole: true },
  idleTimeoutMs: { min: 1, max: DAY_MS, whole: true },
  websockets: { min: 1, max: PORTS, whole: true }
}

export const LIMIT_NAMES = Object.keys(LIMIT_BOUNDS) as readonly LimitName[]

export function isWithin (value: unknown, { min, max, whole }: Bounds): value is number {
  return typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value))
}

/** The overrides in a record; null when it has one that cannot be. Limits of a later version are left out. */
export function parseLimits (value: unknown): LimitOverrides | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const overrides: { -readonly [name in LimitName]?: number } = {}
  for (const name of LIMIT_NAMES) {
    const limit = (value as Record<string, unknown>)[name]
    if (limit === undefined) continue
    if (!isWithin(limit, LIMIT_BOUNDS[name])) return null
    overrides[name] = limit
  }
  return overrides
}

/** The overrides in the order of the table, so that equal ones have equal text. */
export function orderedLimits (overrides: LimitOverrides): LimitOverrides {
  return Object.fromEntries(LIMIT_NAMES.filter(name => overrides[name] !== undefined).map(name => [name, overrides[name]]))
}

/** A second's worth: what a rate allows at once when nothing else is said. */
export function burstOf (requestsPerSecond: number): number {
  return requestsPerSecond === Infinity ? 1 : Math.max(1, Math.ceil(requestsPerSecond))
}

/**
 * What holds for a tenant. Without overrides it is `defaults` itself, else an object of its own: compute it once for a route. A tenant's own
 * rate brings its own burst: that of the settings was meant for another rate.
 */
export function effectiveLimits (defaults: Limits, overrides: LimitOverrides | undefined): Limits {
  if (overrides === undefined) return defaults
  const { requestsPerSecond } = overrides
  const burst = requestsPerSecond === undefined ? defaults.burst : burstOf(requestsPerSecond)
  return { ...defaults, burst, ...overrides }
}
