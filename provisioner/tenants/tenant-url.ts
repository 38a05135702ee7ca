import type { Tenant } from './tenant.ts'

/** Where end users find a tenant: its primary domain under the installation's public scheme and port, without a final slash. */
export function tenantUrl (publicUrl: URL, tenant: Pick<Tenant, 'domains' | 'slug'>): string {
  const host = tenant.domains.find(domain => domain.primary)?.host ?? tenant.slug
  return `${publicUrl.protocol}//${host}${publicUrl.port === '' ? '' : `:${publicUrl.port}`}`
}
