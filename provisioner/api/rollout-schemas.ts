import { Type } from 'typebox'
import type { Static } from 'typebox'
import type { Move, Progress, Rollout, Scope } from '../rollouts/rollout.ts'
import { MOVE_STATES, ROLLOUT_STATES } from '../rollouts/rollout.ts'
import { DateTime, EXAMPLE_TIME, nullable, PAGE_QUERY, ReleaseVersion, StrategyInput } from './schemas.ts'

const MAX_LISTED = 10_000
const DEFAULT_CONCURRENCY = 4

const TenantName = Type.String({ minLength: 1, maxLength: 64 })

export const ScopeInput = Type.Union([
  Type.Enum(['all']),
  Type.Array(TenantName, { minItems: 1, maxItems: MAX_LISTED }),
  Type.Object({
    slug: Type.Optional(Type.String({ minLength: 1, maxLength: 40, description: 'what the slug begins with' })),
    q: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'part of the slug or of the name' })),
    release: Type.Optional(ReleaseVersion)
  }, { additionalProperties: false, minProperties: 1 })
], { description: '"all", a list of ids or slugs, or what has to hold of them: {slug, q, release}' })

const Concurrency = Type.Integer({ minimum: 1, maximum: 256, description: 'tenants that are moved at once' })
const MaxFailures = Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'so many tenants may fail; one more stops it' })
const OnFailure = Type.Enum(['pause', 'rollback'], { description: 'what stopping is: pause, or bring back those that were moved' })

export const RolloutInput = Type.Object({
  release: ReleaseVersion,
  tenants: Type.Optional(ScopeInput),
  canary: Type.Optional(Type.Union([
    Type.Integer({ minimum: 1, maximum: 1_000_000 }), Type.String({ pattern: '^(?:[1-9]\\d?|100)%$' })
  ], { description: 'how many go first, in a wave of their own, or which part of them, such as "10%"' })),
  waves: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 1, description: 'into how many waves the others are divided; a wave begins when the one before has ended' })),
  concurrency: Type.Optional(Type.Integer({ ...Concurrency, default: DEFAULT_CONCURRENCY })),
  maxFailures: Type.Optional(Type.Integer({ ...MaxFailures, default: 0 })),
  onFailure: Type.Optional(OnFailure),
  strategy: Type.Optional(StrategyInput)
}, { additionalProperties: false, examples: [{ release: '2026.1', canary: 1, waves: 3, concurrency: 4, maxFailures: 2, onFailure: 'pause' }] })

export const RolloutPatch = Type.Object({
  release: Type.Optional(ReleaseVersion),
  concurrency: Type.Optional(Concurrency),
  maxFailures: Type.Optional(MaxFailures),
  onFailure: Type.Optional(OnFailure)
}, { additionalProperties: false, minProperties: 1, examples: [{ release: '2026.2' }] })

export const RolloutParams = Type.Object({ rollout: Type.String({ minLength: 1, description: 'id of the rollout' }) })
export const RolloutQuery = Type.Object({ ...PAGE_QUERY, state: Type.Optional(Type.Enum([...MOVE_STATES])) }, { additionalProperties: false })

const COUNTS = Object.fromEntries(MOVE_STATES.map(state => [state, Type.Integer()])) as Record<typeof MOVE_STATES[number], ReturnType<typeof Type.Integer>>

export const RolloutBody = Type.Object({
  id: Type.String(),
  release: Type.String(),
  strategy: nullable(StrategyInput),
  state: Type.Enum([...ROLLOUT_STATES]),
  reason: Type.String({ description: 'why it is in this state, where there is something to say' }),
  tenants: ScopeInput,
  canary: Type.Union([Type.Integer(), Type.String(), Type.Null()]),
  wave: nullable(Type.Integer({ description: 'the one that is under way, from 1' })),
  waves: Type.Integer({ description: 'how many there are, with the canary\'s' }),
  concurrency: Type.Integer(),
  maxFailures: Type.Integer(),
  onFailure: OnFailure,
  counts: Type.Object(COUNTS, { description: 'tenants by how they fare' }),
  releases: Type.Record(Type.String(), Type.Integer(), { description: 'tenants by the release that is wanted of them now' }),
  secondsLeft: nullable(Type.Integer({ description: 'at the pace so far' })),
  createdAt: DateTime,
  endedAt: nullable(DateTime)
}, {
  $id: 'Rollout',
  examples: [{
    id: 'ro_9d2k5m1x8c3q',
    release: '2026.1',
    strategy: null,
    state: 'running',
    reason: '',
    tenants: 'all',
    canary: 1,
    wave: 2,
    waves: 4,
    concurrency: 4,
    maxFailures: 2,
    onFailure: 'pause',
    counts: { ...Object.fromEntries(MOVE_STATES.map(state => [state, 0])), moved: 12, moving: 4, waiting: 20 },
    releases: { 2026.1: 16, 2025.9: 20 },
    secondsLeft: 45,
    createdAt: EXAMPLE_TIME,
    endedAt: null
  }]
})

export const MoveBody = Type.Object({
  tenant: Type.String(),
  slug: Type.String(),
  wave: Type.Integer(),
  state: Type.Enum([...MOVE_STATES]),
  from: Type.String({ description: 'its release before' }),
  release: Type.String({ description: 'the release that is wanted of it now' }),
  message: Type.String({ description: 'why it failed or was skipped' }),
  beganAt: nullable(DateTime),
  endedAt: nullable(DateTime)
}, {
  $id: 'Move',
  examples: [{ tenant: 'tn_4k2m9x0q7c1b', slug: 'acme', wave: 1, state: 'moved', from: '2025.9', release: '2026.1', message: '', beganAt: EXAMPLE_TIME, endedAt: EXAMPLE_TIME }]
})

export function newRollout ({ release, tenants = 'all', canary, waves = 1, concurrency = DEFAULT_CONCURRENCY, maxFailures = 0, onFailure = 'pause', strategy }: Static<typeof RolloutInput>) {
  return { release, strategy: strategy ?? null, asked: { tenants: tenants as Scope, canary: canary ?? null, waves }, concurrency, maxFailures, onFailure }
}

export function rolloutBody (rollout: Rollout, { counts, releases, wave, waves, leftMs }: Progress): Static<typeof RolloutBody> {
  const { id, release, strategy, state, reason, asked, concurrency, maxFailures, onFailure, createdAt, endedAt } = rollout
  return {
    id,
    release,
    strategy,
    state,
    reason,
    tenants: asked.tenants as Static<typeof ScopeInput>,
    canary: asked.canary,
    wave,
    waves,
    concurrency,
    maxFailures,
    onFailure,
    counts,
    releases,
    secondsLeft: leftMs === null ? null : Math.ceil(leftMs / 1000),
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null
  }
}

export function moveBody ({ tenantId, slug, wave, state, from, release, message, beganAt, endedAt }: Move): Static<typeof MoveBody> {
  return { tenant: tenantId, slug, wave, state, from, release, message, beganAt: beganAt?.toISOString() ?? null, endedAt: endedAt?.toISOString() ?? null }
}
