import { domainToUnicode } from 'node:url'
import { canonicalHostname } from '../../gateway/hostname.ts'
import type { Hostname } from '../../gateway/hostname.ts'
import { Problem } from '../errors.ts'
import { slugHost } from '../tenants/names.ts'

/**
 * The canonical form of a domain that a tenant asks for. What is under the base domain belongs to the installation, apart
 * from the tenant's own `<slug>.<base domain>`. Throws invalid_host or reserved_host.
 */
export function requestedHost (text: string, slug: string, baseDomain: string): Hostname {
  const host = canonicalHostname(text)
  if (host === null || host.split('.').some(isFalseALabel)) throw new Problem('invalid_host', `${JSON.stringify(text)} is not a hostname; send a name such as shop.example.com, without scheme, port or path.`)
  const reserved = host === baseDomain || host.endsWith(`.${baseDomain}`)
  if (reserved && host !== slugHost(slug, baseDomain)) {
    throw new Problem('reserved_host', `"${host}" belongs to the installation: under "${baseDomain}" a tenant has the host of its own slug only.`)
  }
  return host
}

/** The host that a tenant of this slug always has. Throws validation_failed when the two make no hostname. */
export function ownHost (slug: string, baseDomain: string): Hostname {
  const host = slugHost(slug, baseDomain)
  if (host === null) throw new Problem('validation_failed', `"${slug}.${baseDomain}" is not a hostname; choose another slug.`, { invalidParams: [{ pointer: '/slug', detail: 'makes no hostname' }] })
  return host
}

/** The same for a slug that is new: also for one that calls itself Unicode in ASCII and is not. */
export function newOwnHost (slug: string, baseDomain: string): Hostname {
  if (!isFalseALabel(slug)) return ownHost(slug, baseDomain)
  const detail = 'begins with "xn--" and is no internationalised name; choose another'
  throw new Problem('validation_failed', `The body is not usable: /slug ${detail}.`, { invalidParams: [{ pointer: '/slug', detail }] })
}

/** Whether a label has the prefix of an A-label (RFC 5890 §2.3.2.1) and does not decode: browsers refuse the name, and nobody issues a certificate for it. */
function isFalseALabel (label: string): boolean {
  return label.startsWith('xn--') && domainToUnicode(label) === label
}
