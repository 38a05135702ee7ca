import type { Logger } from 'pino'
import { openConnection } from './redis.ts'
import type { Redis, RedisAddress } from './redis.ts'

/**
 * The rates that gateways share, in Redis:
 *
 *   berth:gateways         sorted set: each gateway process and until when it counts as alive, by Redis's clock. One key, so that counting
 *                          them costs the same however many routes there are.
 *   berth:rate:<tenant>    hash: level, at, capacity: a token bucket that is full when it is absent; it expires when it would be full
 *
 * One call settles everything: says that this process is alive and learns how many are, and does for each tenant, in this order,
 *
 *   1. fills the bucket by the time since it was last looked at (as full as before, if its capacity has changed)
 *   2. lowers it to `most`, when that is less: what a process that has been by itself has left of the tenant's rate
 *   3. takes `spent` from it, which was used before it was had; less than 0 gives back. So it may sink below nothing.
 *   4. grants of what is wanted, in whole tokens, no more than this process's part of what there is, or the last one of all
 */
export interface Settlement {
  readonly tenantId: string
  readonly requestsPerSecond: number
  readonly capacity: number
  readonly most: number
  readonly spent: number
  readonly wanted: number
}

export interface Grant {
  readonly granted: number
  /** What is left for everybody; less than 0 when more was used than there was. */
  readonly level: number
}

export interface Settled {
  /** Gateway processes alive, this one among them. */
  readonly processes: number
  /** In the order of the settlements. */
  readonly grants: readonly Grant[]
}

const SETTLE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local alive = tonumber(ARGV[2])
redis.call('ZADD', KEYS[1], now + alive, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if alive > 0 then redis.call('PEXPIRE', KEYS[1], alive) end
local processes = redis.call('ZCARD', KEYS[1])
local answer = { processes }
for i = 2, #KEYS do
  local first = 3 + (i - 2) * 5
  local rate, capacity, most = tonumber(ARGV[first]), tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
  local spent, wanted = tonumber(ARGV[first + 3]), tonumber(ARGV[first + 4])
  local held = redis.call('HMGET', KEYS[i], 'level', 'at', 'capacity')
  local level = capacity
  if held[3] then
    level = tonumber(held[1]) / tonumber(held[3]) * capacity
    level = math.min(capacity, level + math.max(0, now - tonumber(held[2])) * rate / 1000)
  end
  level = math.min(level, most) - spent
  level = math.max(-capacity - processes, math.min(capacity, level))
  local granted = math.max(0, math.min(wanted, math.floor(level), math.max(1, math.floor(level / processes))))
  level = level - granted
  redis.call('HSET', KEYS[i], 'level', level, 'at', now, 'capacity', capacity)
  redis.call('PEXPIRE', KEYS[i], math.ceil((capacity - level) / rate * 1000) + 1000)
  answer[i] = granted
  answer[#KEYS + i - 1] = string.format('%.3f', level)
end
return answer`

const GATEWAYS_KEY = 'berth:gateways'
const RATE_KEY_PREFIX = 'berth:rate:'

/** Longer than this is not worth waiting for: each process can go on by itself. */
const ANSWER_MS = 300
/** A process that has said nothing for so long is no more. */
const ALIVE_MS = 3000

export class RateStore {
  readonly #redis: Redis
  readonly #process: string

  /** `process` is a name that no other process has. */
  constructor (address: RedisAddress, process: string, log: Logger) {
    this.#redis = openConnection(address, log, { commandTimeout: ANSWER_MS })
    this.#process = process
  }

  /** Begins to connect, and goes on until it has; returns at once. `onReady` is told each time that it has. */
  connect (onReady: () => void, onAway: () => void): void {
    this.#redis.on('ready', onReady)
    this.#redis.on('close', onAway)
    this.#redis.connect().catch(() => {})
  }

  /** Settles all in one call. Throws when Redis does not answer in time: then nobody can tell whether it was done. */
  async settle (settlements: readonly Settlement[]): Promise<Settled> {
    try {
      return await this.#call(ALIVE_MS, settlements)
    } catch (err) {
      // A connection that is silently dead does not end by itself; one that brought an error is alive.
      if (this.#redis.status === 'ready' && !(err instanceof Error && err.name === 'ReplyError')) this.#redis.disconnect(true)
      throw err
    }
  }

  /** Settles for the last time, as one that is no more, and closes. Does not throw: what is not given back is lost. */
  async leave (settlements: readonly Settlement[]): Promise<void> {
    try {
      await this.#call(0, settlements)
    } catch {}
    this.#redis.disconnect()
  }

  async #call (aliveMs: number, settlements: readonly Settlement[]): Promise<Settled> {
    const keys = settlements.map(({ tenantId }) => RATE_KEY_PREFIX + tenantId)
    const values = settlements.flatMap(({ requestsPerSecond, capacity, most, spent, wanted }) => [requestsPerSecond, capacity, most, spent, wanted])
    const [processes, ...parts] = await this.#redis.eval(SETTLE, keys.length + 1, GATEWAYS_KEY, ...keys, this.#process, aliveMs, ...values) as [number, ...unknown[]]
    return { processes, grants: keys.map((_key, i) => ({ granted: Number(parts[i]), level: Number(parts[keys.length + i]) })) }
  }
}
