import { domainToASCII } from 'node:url'
import { isIP } from 'node:net'

/**
 * A hostname in the one form that Berth stores, publishes and looks up: lower case, A-labels (punycode) for
 * internationalised names, no port, no trailing dot. Only `parseHost` and `canonicalHostname` make one.
 */
export type Hostname = string & { readonly __brand: 'Hostname' }

/** RFC 1123 §2.1 and RFC 1035 §2.3.4: letters, digits and inner hyphens, 63 octets a label, 253 in all. */
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/
const MAX_LENGTH = 253
/** The longest text worth looking at: a full name, its dot and a port. */
const MAX_HOST_HEADER = 260
const PORT = /:([0-9]{0,5})$/
const PLAIN = /^[a-z0-9.-]+$/

/**
 * Reads a `Host` header or an `:authority` (RFC 9110 §7.2: `uri-host [ ":" port ]`).
 * Returns null for whatever cannot be the name of a tenant: IP literals, user information, an empty label,
 * a bad port, or octets that no hostname has.
 */
export function parseHost (header: string | undefined): Hostname | null {
  if (header === undefined || header.length === 0 || header.length > MAX_HOST_HEADER) return null
  const port = PORT.exec(header)
  if (port !== null && Number(port[1]) > 65535) return null
  return canonicalHostname(port === null ? header : header.slice(0, port.index))
}

/** The canonical form of a bare hostname (no port), or null when it is not one. */
export function canonicalHostname (name: string): Hostname | null {
  let host = name.toLowerCase()
  // domainToASCII maps what a URL parser would (full-width dots, percent signs are refused), so plain names skip it.
  if (!PLAIN.test(host)) {
    if (/[\s%/\\?#@:[\]<>^|]/.test(host)) return null
    host = domainToASCII(host)
  }
  if (host.endsWith('.')) host = host.slice(0, -1)
  if (host.length === 0 || host.length > MAX_LENGTH || isIP(host) !== 0) return null
  const labels = host.split('.')
  if (!labels.every(label => LABEL.test(label))) return null
  // A last label of digits only is an IPv4 address to every URL parser (WHATWG URL §3.5, "ends in a number").
  if (/^([0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) as string)) return null
  return host as Hostname
}
