import t from 'tap'
import type { Env } from '../../../provisioner/tenants/tenant.ts'
import { invalidEnv, requireValidEnv } from '../../../provisioner/api/env.ts'

const FINE: Env[] = [{}, { A: '' }, { A: '{{database.host}}:{{ tenant.id }}', B: '{{not a name!}} {}' }, { A: 'x'.repeat(32_768) }]
for (const env of FINE) t.same(invalidEnv(env), [])

for (const [env, pointer, detail] of [
  [{ PORT: '1' }, '/env/PORT', /set by Berth/],
  [{ DATABASE_URL: '1' }, '/env/DATABASE_URL', /set by Berth/],
  [{ TENANT_ID: '1' }, '/env/TENANT_ID', /set by Berth/],
  [{ OK: '1', A: 'x {{database.hots}}' }, '/env/A', /\{\{database\.hots\}\}/],
  [Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`V${index}`, ''])), '/env', /more than 256/],
  [Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`V${index}`, 'x'.repeat(30_000)])), '/env', /bytes/],
  [{ A: '€'.repeat(50_000) }, '/env', /bytes/]
] as const) t.match(invalidEnv(env), [{ pointer, detail }], pointer)

requireValidEnv({ A: '1' })
t.throws(() => requireValidEnv({ A: '{{x.y}}', PORT: '1' }), {
  code: 'validation_failed', message: /\{\{x\.y\}\}/, invalidParams: [{ pointer: '/env/A' }, { pointer: '/env/PORT' }]
})
