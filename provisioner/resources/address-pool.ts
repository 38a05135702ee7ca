/**
 * The tenants' subnet, cut into pools. A pool is one bridge network of the engine: a /22, of which at most
 * POOL_SIZE addresses are given out (the kernel's bridge has 1,023 ports). The first address of a pool is the bridge itself.
 */
export const POOL_PREFIX = 22
export const POOL_SIZE = 1000
const POOL_SPAN = 2 ** (32 - POOL_PREFIX)
const FIRST_OFFSET = 2

export interface PoolSubnet {
  /** `a.b.c.d/n` */
  cidr: string
  pools: number
  /** The pool's network, `a.b.c.d/22`. */
  subnetOf (pool: number): string
  /** The address of the pool's bridge on the host. */
  gatewayOf (pool: number): string
  /** The index-th address of the installation: pools are filled one after the other. Null past the last. */
  addressAt (index: number): string | null
  poolOf (address: string): number
}

/** Reads `a.b.c.d/n` with n from 12 to 22 and no host bits; null when it is anything else. */
export function parsePoolSubnet (cidr: string): PoolSubnet | null {
  const match = /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})\/(\d{1,2})$/.exec(cidr)
  if (match === null) return null
  const base = toNumber(match[1] as string)
  const prefix = Number(match[2])
  if (base === null || prefix < 12 || prefix > POOL_PREFIX) return null
  if (base % 2 ** (32 - prefix) !== 0) return null
  const pools = 2 ** (POOL_PREFIX - prefix)
  const start = (pool: number): number => base + pool * POOL_SPAN
  return {
    cidr,
    pools,
    subnetOf: pool => `${toText(start(pool))}/${POOL_PREFIX}`,
    gatewayOf: pool => toText(start(pool) + 1),
    addressAt: index => {
      const pool = Math.floor(index / POOL_SIZE)
      return pool < pools ? toText(start(pool) + FIRST_OFFSET + index % POOL_SIZE) : null
    },
    poolOf: address => Math.floor(((toNumber(address) ?? base) - base) / POOL_SPAN)
  }
}

function toNumber (address: string): number | null {
  const octets = address.split('.').map(Number)
  if (octets.length !== 4 || octets.some(octet => octet > 255)) return null
  return octets.reduce((sum, octet) => sum * 256 + octet, 0)
}

function toText (number: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join('.')
}
