import { useEffect, useRef } from 'preact/hooks'
import { useStream } from './stream.ts'
import type { Liveness } from './stream.ts'

export type Kind = 'tenant' | 'rollout' | 'release' | 'gone'

/** Lists follow at most this often, however much happens. */
const PAUSE_MS = 1000
const listeners = new Set<(kind: Kind | 'any', data: Record<string, unknown>) => void>()

/** The stream of what changes in the installation, one for the whole page. Where there is none everybody is told to look every few seconds. */
export function useNoticeStream (): Liveness {
  return useStream('/v1/stream', {
    // Everything is to be read again: what happened is not known.
    onEvent: ({ event, data }) => { tell(event === 'resync' ? 'any' : event as Kind, JSON.parse(data) as Record<string, unknown>) },
    onPoll: () => { tell('any', {}) }
  })
}

function tell (kind: Kind | 'any', data: Record<string, unknown>): void {
  for (const listener of listeners) listener(kind, data)
}

/** Calls `look` soon after something of these kinds changed, and not more often than once a second. */
export function useNotices (kinds: Kind[], look: () => void, concerns: (data: Record<string, unknown>) => boolean = () => true): void {
  const latest = useRef({ look, concerns })
  latest.current = { look, concerns }
  useEffect(() => {
    let timer: number | undefined
    let last = 0
    const listener = (kind: Kind | 'any', data: Record<string, unknown>): void => {
      if (kind !== 'any' && !(kinds.includes(kind) && latest.current.concerns(data))) return
      timer ??= setTimeout(() => {
        timer = undefined
        last = performance.now()
        latest.current.look()
      }, Math.max(50, last + PAUSE_MS - performance.now()))
    }
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      clearTimeout(timer)
    }
  }, [kinds.join()])
}
