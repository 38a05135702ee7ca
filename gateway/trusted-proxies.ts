import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** Answers whether what a peer says about its client is believed. */
export type IsTrusted = (address: string) => boolean

/** From a list of addresses and CIDR networks, each of which is one (`isNetwork`). An empty list trusts nobody. */
export function trustedProxies (networks: readonly string[]): IsTrusted {
  if (networks.length === 0) return () => false
  // Node takes a rule for all of IPv6 to cover IPv4 as well, so each family has a list of its own.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (prefix === undefined) lists[family].addAddress(address, family)
    else lists[family].addSubnet(address, Number(prefix), family)
  }
  return address => {
    const plain = plainAddress(address)
    return (isIPv4(plain) && lists.ipv4.check(plain, 'ipv4')) || (isIPv6(plain) && lists.ipv6.check(plain, 'ipv6'))
  }
}

/** An address, or a network in CIDR notation. */
export function isNetwork (text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
}

/** An IPv4 peer of a dual-stack socket shows as `::ffff:192.0.2.1`; everybody else writes 192.0.2.1. */
export function plainAddress (address: string): string {
  return address.startsWith('::ffff:') && isIPv4(address.slice(7)) ? address.slice(7) : address
}
