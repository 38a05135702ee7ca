import t from 'tap'
import { settlingOf } from '../../../provisioner/api/wait.ts'
import type { Tenant } from '../../../provisioner/tenants/tenant.ts'

const at = (observedGeneration: number) => ({ observedGeneration }) as Tenant
for (const [tenant, generation, kind] of [
  [null, 1, 'gone'],
  [null, null, 'gone'],
  [at(0), 1, 'pending'],
  [at(1), 1, 'settled'],
  [at(2), 1, 'settled'],
  [at(9), null, 'pending']
] as const) t.equal(settlingOf(tenant, { tenantId: 'tn_a', generation }).kind, kind, `${tenant?.observedGeneration} for ${generation}`)
