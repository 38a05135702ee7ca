import type { IncomingHttpHeaders } from 'node:http'

/** Whom this instance belongs to. The id is its own; slug and name come with each request, because they may change while it runs. */
export interface Tenant {
  id: string
  slug: string | null
  name: string | null
}

/** The gateway sets these headers and drops whatever a client sent under their names. */
export function readTenant (headers: IncomingHttpHeaders, id: string): Tenant {
  return { id, slug: single(headers['x-tenant-slug']), name: decode(single(headers['x-tenant-name'])) }
}

/** What to call the tenant where people read it. */
export function displayName (tenant: Tenant): string {
  return tenant.name ?? tenant.slug ?? tenant.id
}

function single (value: string | string[] | undefined): string | null {
  const first = Array.isArray(value) ? value[0] : value
  return first === undefined || first === '' ? null : first
}

/** A header is ASCII, so the name travels percent-encoded. */
function decode (value: string | null): string | null {
  if (value === null) return null
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
