import { useEffect, useRef, useState } from 'preact/hooks'
import { useStream } from '../api/stream.ts'
import type { Liveness } from '../api/stream.ts'
import type { TenantEvent } from '../api/shapes.ts'
import { sentenceCase } from '../words/advice.ts'
import { Icon } from './icon.tsx'
import { Skeleton } from './states.tsx'
import { Clock } from './time.tsx'

const KEPT = 1000
const BATCH_MS = 80
const ICONS = { info: 'info', warning: 'triangle-alert', error: 'octagon-x' } as const
const TONES = { info: 'quiet', warning: 'warn', error: 'bad' } as const

export interface Events { newestFirst: TenantEvent[], liveness: Liveness, gone: boolean }

/** The events at a path, live. `onNews` is told when there are some that were not there before, or may be. */
export function useEvents (path: string | null, onNews: () => void): Events {
  const [state, setState] = useState<{ path: string | null, events: TenantEvent[], gone: boolean }>({ path, events: [], gone: false })
  const pending = useRef<TenantEvent[]>([])
  const timer = useRef<number | undefined>(undefined)
  const latest = useRef(onNews)
  latest.current = onNews
  const flush = (): void => {
    timer.current = undefined
    const news = pending.current.splice(0)
    setState(state => {
      const known = new Set(state.path === path ? state.events.map(({ id }) => id) : [])
      return { path, gone: state.gone, events: [...news.filter(({ id }) => !known.has(id)).reverse(), ...state.path === path ? state.events : []].slice(0, KEPT) }
    })
    latest.current()
  }
  useEffect(() => () => { clearTimeout(timer.current) }, [path])
  const liveness = useStream(path, {
    last: ['deleted'],
    onPoll: () => { latest.current() },
    onEvent: ({ event, data }) => {
      if (event === 'deleted') {
        setState(state => ({ ...state, gone: true }))
        latest.current()
        return
      }
      pending.current.push(JSON.parse(data) as TenantEvent)
      timer.current ??= setTimeout(flush, BATCH_MS)
    }
  })
  return { newestFirst: state.path === path ? state.events : [], liveness, gone: state.path === path && state.gone }
}

export function EventList ({ events: { newestFirst, liveness }, limit }: { events: Events, limit?: number }) {
  if (newestFirst.length === 0) return liveness === 'connecting' ? <Skeleton lines={3} /> : <p class='muted'>Nothing has happened yet.</p>
  return <ol class='events'>{newestFirst.slice(0, limit).map(event => <EventRow key={event.id} event={event} />)}</ol>
}

function EventRow ({ event: { at, level, reason, message, data } }: { event: TenantEvent }) {
  const output = Array.isArray(data?.output) ? data.output.map(String) : []
  return (
    <li class={`event tone-${TONES[level]}`}>
      <Clock at={at} />
      <Icon name={ICONS[level]} />
      <div>
        <p><strong>{sentenceCase(reason)}</strong>{level !== 'info' && <span class='hidden'> ({level})</span>} <span>{message}</span></p>
        {output.length > 0 && <details open={level === 'error'}><summary>Output, last {output.length} {output.length === 1 ? 'line' : 'lines'}</summary><pre tabIndex={0}>{output.join('\n')}</pre></details>}
      </div>
    </li>
  )
}
