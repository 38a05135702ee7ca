import type { ComponentChildren } from 'preact'
import { Audit } from './pages/audit.tsx'
import { NewRelease } from './pages/new-release.tsx'
import { NewRollout } from './pages/new-rollout.tsx'
import { NewTenant } from './pages/new-tenant.tsx'
import { NotFound } from './pages/not-found.tsx'
import { OverviewPage } from './pages/overview.tsx'
import { ReleasePage } from './pages/release.tsx'
import { Releases } from './pages/releases.tsx'
import { RolloutPage } from './pages/rollout.tsx'
import { Rollouts } from './pages/rollouts.tsx'
import { TenantSetup } from './pages/tenant-setup.tsx'
import { TenantPage } from './pages/tenant.tsx'
import { Tenants } from './pages/tenants.tsx'
import { Tokens } from './pages/tokens.tsx'
import { WebhookPage } from './pages/webhook.tsx'
import { Webhooks } from './pages/webhooks.tsx'
import { matchPath } from './words/path.ts'

type Values = Record<string, string>

/** Which page is at which address; the first that matches. A key makes another thing another page. */
const ROUTES: Array<[pattern: string, draw: (values: Values) => ComponentChildren]> = [
  ['/', () => <OverviewPage />],
  ['/tenants', () => <Tenants />],
  ['/tenants/new', () => <NewTenant />],
  ['/tenants/:tenant/setup', ({ tenant = '' }) => <TenantSetup key={tenant} slug={tenant} />],
  ['/tenants/:tenant/:tab?', ({ tenant = '', tab = '' }) => <TenantPage key={tenant} slug={tenant} tab={tab} />],
  ['/releases', () => <Releases />],
  ['/releases/new', () => <NewRelease />],
  ['/releases/:version', ({ version = '' }) => <ReleasePage key={version} version={version} />],
  ['/rollouts', () => <Rollouts />],
  ['/rollouts/new', () => <NewRollout />],
  ['/rollouts/:rollout', ({ rollout = '' }) => <RolloutPage key={rollout} id={rollout} />],
  ['/tokens', () => <Tokens />],
  ['/audit', () => <Audit />],
  ['/webhooks', () => <Webhooks />],
  ['/webhooks/:webhook', ({ webhook = '' }) => <WebhookPage key={webhook} id={webhook} />]
]

export function pageAt (path: string): ComponentChildren {
  for (const [pattern, draw] of ROUTES) {
    const values = matchPath(pattern, path)
    if (values !== null) return draw(values)
  }
  return <NotFound />
}
