import type { Strategy } from '../tenants/tenant.ts'

/**
 * The move of many tenants to a release.
 *
 *   running       tenants are moved, wave after wave, so many at once
 *   paused        none is begun; those that were come to their end
 *   aborting      as paused, and then aborted
 *   rolling-back  those that were moved go back to where they were, and then rolled-back
 *   done · aborted · rolled-back   it has ended
 */
export const ROLLOUT_STATES = ['running', 'paused', 'aborting', 'rolling-back', 'done', 'aborted', 'rolled-back'] as const
export type RolloutState = typeof ROLLOUT_STATES[number]

/**
 * How one tenant of it fares.
 *
 *   waiting · moving     not begun · its deploy is under way
 *   moved · unchanged    it is at the release · it was already, which cost nothing
 *   failed               its deploy failed: its old release serves on, and is what is wanted of it again
 *   skipped              it is being deleted, or was deployed by somebody else meanwhile, or the rollout ended before its turn
 *   returning · returned · stuck   it goes back · is back · its way back failed
 */
export const MOVE_STATES = ['waiting', 'moving', 'moved', 'unchanged', 'failed', 'skipped', 'returning', 'returned', 'stuck'] as const
export type MoveState = typeof MOVE_STATES[number]
export type Counts = Record<MoveState, number>

export type OnFailure = 'pause' | 'rollback'

/** `slug`: what it begins with. `q`: a part of slug or name. `release`: where they are now. All of them have to hold. */
export interface ScopeFilter { slug?: string, q?: string, release?: string }
export type Scope = 'all' | string[] | ScopeFilter

export interface Asked {
  tenants: Scope
  /** How many, or which part of them ("10%"), go first, in a wave of their own; null for no such wave. */
  canary: number | string | null
  /** Into how many waves the others are divided. */
  waves: number
}

export interface Rollout {
  id: string
  position: number
  release: string
  strategy: Strategy | null
  asked: Asked
  /** Tenants that are moved at once. */
  concurrency: number
  /** So many tenants may fail; one more stops it. */
  maxFailures: number
  onFailure: OnFailure
  state: RolloutState
  reason: string
  createdAt: Date
  endedAt: Date | null
}

export interface Move {
  tenantId: string
  slug: string
  position: number
  wave: number
  state: MoveState
  from: string
  /** The release that is wanted of the tenant now. */
  release: string
  message: string
  beganAt: Date | null
  endedAt: Date | null
}

export interface Progress {
  counts: Counts
  /** How many of its tenants are wanted to be at each release, as things are. */
  releases: Record<string, number>
  /** The wave that is under way, from 1; null when none is. */
  wave: number | null
  waves: number
  /** What is left at the pace so far; null before anybody was moved, or when nothing is left. */
  leftMs: number | null
}

/** How long the tenants that are left take, when each takes as long as those before on the average. Pure. */
export function timeLeftMs ({ waiting, moving }: Pick<Counts, 'waiting' | 'moving'>, averageMs: number | null, concurrency: number): number | null {
  if (averageMs === null || waiting + moving === 0) return null
  // Of those under way half is over, on the average.
  return averageMs * Math.max(waiting / concurrency + (moving > 0 ? 0.5 : 0), 0)
}
