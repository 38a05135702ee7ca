import type { Release, Strategy } from './tenant.ts'

/**
 * How one instance follows another.
 *
 *   start-first  the new one is healthy before the old one leaves
 *   stop-first   the old one is stopped before anything of the new one runs; requests are held meanwhile
 *
 * What the deploy says counts before what the release says, and a volume before both: two instances never share /data.
 */
export function strategyOf (release: Pick<Release, 'volume' | 'strategy'>, deploy: Strategy | null): Strategy {
  if (release.volume) return 'stop-first'
  return deploy ?? release.strategy ?? 'start-first'
}
