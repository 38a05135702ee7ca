import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { isOwnAddress } from './own-address.ts'

/** Where webhooks may lead beside the public internet, and where they never may. */
export interface TargetPolicy {
  /** Networks in CIDR notation, and single addresses, that are private and all the same allowed. */
  readonly allowed: readonly string[]
  /** The tenants' network. */
  readonly tenantSubnet: string
}

const THIS_MACHINE = 'it is this machine'

/** What can be allowed. Loopback and link-local never are: there the services of this machine and a cloud's metadata listen, which trust whoever reaches them. */
const PRIVATE = ['private', 'uniqueLocal', 'carrierGradeNat']

/** What IANA gives out; what lies outside is unassigned, or means an IPv4 address in a way that depends on the network (::7f00:1 is 127.0.0.1 to some). */
const GLOBAL_IPV6 = '2000::/3'

/** Why an address must not be connected to, in words, whoever has it; null when it may. */
export function refusalOf (address: string, { allowed, tenantSubnet }: TargetPolicy): string | null {
  if (!ipaddr.isValid(address)) return 'it is no IP address'
  // ::ffff:127.0.0.1 is 127.0.0.1.
  const parsed = ipaddr.process(address)
  if (isIn(parsed, tenantSubnet)) return 'it is in the network of tenants'
  const range = parsed.range()
  if (PRIVATE.includes(range)) return allowed.some(network => isIn(parsed, network)) ? null : 'it is private, and BERTH_WEBHOOK_ALLOW does not name its network'
  if (range !== 'unicast') return `it is no public address (${range})`
  return parsed.kind() === 'ipv6' && !isIn(parsed, GLOBAL_IPV6) ? 'it is no public address (unassigned)' : null
}

function isIn (address: ipaddr.IPv4 | ipaddr.IPv6, network: string): boolean {
  if (!network.includes('/')) return ipaddr.process(network).toString() === address.toString()
  const [base, bits] = ipaddr.parseCIDR(network)
  return base.kind() === address.kind() && address.match([base, bits])
}

/** A target that is not connected to. */
export class TargetRefused extends Error {
  override name = 'TargetRefused'
}

/** The host of a URL as an address or a name: an IPv6 address without its brackets. */
export function hostOf ({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

/** Why a URL can be no webhook's whatever its name resolves to, in words; null when that remains to be seen. */
export async function urlRefusal (url: URL, policy: TargetPolicy): Promise<string | null> {
  const host = hostOf(url)
  if (ipaddr.isValid(host)) return await addressRefusal(host, policy)
  return /(?:^|\.)localhost\.?$/.test(host) ? THIS_MACHINE : null
}

/**
 * The addresses of a host, IPv4 first, each of which may be connected to. The connection has to go to one of these: another
 * look-up could answer otherwise (DNS rebinding). Throws TargetRefused when one of them may not, and what the resolver throws.
 */
export async function resolveTarget (url: URL, policy: TargetPolicy): Promise<string[]> {
  const host = hostOf(url)
  const found = ipaddr.isValid(host) ? [{ address: host, family: ipaddr.parse(host).kind() === 'ipv4' ? 4 : 6 }] : await lookup(host, { all: true })
  for (const { address } of found) {
    const refusal = await addressRefusal(address, policy)
    if (refusal !== null) throw new TargetRefused(`${address} is not connected to: ${refusal}.`)
  }
  return found.sort((a, b) => a.family - b.family).map(({ address }) => address)
}

/** As refusalOf; and this machine's own addresses are refused whatever is allowed: the containers' side of it, and what it has listening for its neighbours. */
async function addressRefusal (address: string, policy: TargetPolicy): Promise<string | null> {
  return refusalOf(address, policy) ?? (await isOwnAddress(ipaddr.process(address).toString()) ? THIS_MACHINE : null)
}
