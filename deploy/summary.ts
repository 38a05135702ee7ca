import { localUrl } from './api.ts'
import type { Settings } from './settings.ts'

/** What to do next, ready to be copied. Never the token itself: terminals are recorded and shared. */
export function summary (settings: Settings, envFile: string): string {
  const api = localUrl(settings.BERTH_API_HOST, settings.BERTH_API_PORT)
  const tenant = (slug: string) => {
    const url = new URL(settings.BERTH_PUBLIC_URL)
    url.hostname = `${slug}.${settings.BERTH_BASE_DOMAIN}`
    return url.href
  }
  return [
    ...settings.BERTH_DEMO_TENANT === '' ? [] : [`  Demo tenant  ${tenant(settings.BERTH_DEMO_TENANT)}`],
    `  Console      ${api}/console/`,
    `  API          ${api}  (reference: ${api}/docs)`,
    `  Token        BERTH_ADMIN_TOKEN in ${envFile}`,
    '',
    `  Another tenant, at ${tenant('acme')}:`,
    '',
    `    curl -sS '${api}/v1/tenants?wait=60' \\`,
    `      -H "Authorization: Bearer $(sed -n 's/^BERTH_ADMIN_TOKEN=//p' ${envFile})" \\`,
    '      -H \'Content-Type: application/json\' -d \'{"slug":"acme","name":"Acme"}\'',
    '',
    `  Next: npm run logs, npm stop, npm run reset${envFile === 'deploy/.env' ? '' : ` (each with BERTH_ENV_FILE=${envFile})`}`
  ].join('\n')
}
