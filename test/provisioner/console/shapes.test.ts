// What the console believes of the API is what the API says of itself: held by the type checker, which runs before the tests.
import t from 'tap'
import type { Static } from 'typebox'
import type { MoveBody, RolloutBody } from '../../../provisioner/api/rollout-schemas.ts'
import { RELEASE_STATES, STATUSES } from '../../../provisioner/api/schemas.ts'
import type { AuditEntryBody } from '../../../provisioner/api/audit.ts'
import type { TokenBody } from '../../../provisioner/api/token-schemas.ts'
import type { UsagePoint as SaidPoint } from '../../../provisioner/api/usage-schemas.ts'
import type { WebhookBody } from '../../../provisioner/api/webhook-schemas.ts'
import type { EventBody, ReleaseBody, TenantBody } from '../../../provisioner/api/schemas.ts'
import * as shapes from '../../../provisioner/console/ui/api/shapes.ts'
import type { AuditEntry, Move, Release, Rollout, Tenant, TenantEvent, Token, UsagePoint, Webhook } from '../../../provisioner/console/ui/api/shapes.ts'
import { MOVE_LOOKS, RELEASE_LOOKS, ROLLOUT_LOOKS, TENANT_LOOKS } from '../../../provisioner/console/ui/words/status.ts'
import { STEPS } from '../../../provisioner/console/ui/words/advice.ts'
import { MOVE_STATES, ROLLOUT_STATES } from '../../../provisioner/rollouts/rollout.ts'
import { CONDITION_TYPES } from '../../../provisioner/tenants/tenant.ts'

/** Compiles only when every answer of the API is what the console takes it for. */
type Fits<Said extends Believed, Believed> = Said
export type Held = [
  Fits<Static<typeof TenantBody>, Tenant>, Fits<Static<typeof EventBody>, TenantEvent>, Fits<Static<typeof ReleaseBody>, Release>,
  Fits<Static<typeof RolloutBody>, Rollout>, Fits<Static<typeof MoveBody>, Move>, Fits<Static<typeof AuditEntryBody>, AuditEntry>, Fits<Static<typeof TokenBody>, Token>, Fits<Static<typeof SaidPoint>, UsagePoint>, Fits<Static<typeof WebhookBody>, Webhook>
]

t.same(shapes.STATUSES, STATUSES)
t.same(shapes.MOVE_STATES, MOVE_STATES)
t.same(Object.keys(TENANT_LOOKS).sort(), [...STATUSES].sort(), 'a word for every status')
t.same(Object.keys(RELEASE_LOOKS).sort(), [...RELEASE_STATES].sort())
t.same(Object.keys(ROLLOUT_LOOKS).sort(), [...ROLLOUT_STATES].sort())
t.same(Object.keys(MOVE_LOOKS).sort(), [...MOVE_STATES].sort())
t.same(STEPS.map(({ type }) => type), CONDITION_TYPES, 'a step for every condition, in their order')
