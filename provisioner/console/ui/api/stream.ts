import { useEffect, useRef, useState } from 'preact/hooks'
import { open } from './client.ts'
import { connection } from './connection.ts'
import { ApiProblem, isAbsent } from './problem.ts'
import { sseReader } from './sse.ts'
import type { ServerEvent } from './sse.ts'

export type Liveness = 'connecting' | 'live' | 'polling' | 'ended'

const DELAYS_MS = [500, 1000, 2000, 5000, 10_000, 20_000]
/** Servers send a heartbeat every 15 s: silence for longer is a connection that nobody closed. */
const SILENCE_MS = 40_000
const POLL_MS = 5000

interface Handlers {
  onEvent: (event: ServerEvent) => void
  /** Told when events may have been missed (each new connection but the first), and every few seconds where there is no stream. */
  onPoll: () => void
  /** Names of events after which the stream is over for good. */
  last?: string[]
}

/**
 * Server-sent events of a path for as long as the component is there and the page is seen: a browser has six connections
 * to a server for all its tabs. Comes back by itself, later each time; where there is no such stream it polls.
 */
export function useStream (path: string | null, handlers: Handlers): Liveness {
  const [liveness, setLiveness] = useState<Liveness>('connecting')
  const latest = useRef(handlers)
  latest.current = handlers
  useEffect(() => {
    if (path === null) return
    setLiveness('connecting')
    let controller: AbortController | null = null
    let lastId = ''
    const look = (): void => {
      if (document.hidden) {
        controller?.abort()
        controller = null
      } else if (controller === null) {
        controller = new AbortController()
        follow(path, controller.signal)
      }
    }
    const follow = async (path: string, signal: AbortSignal): Promise<void> => {
      for (let failures = 0; !signal.aborted;) {
        try {
          if (lastId !== '') latest.current.onPoll()
          const ended = await read(path, signal, lastId, {
            opened: () => { setLiveness('live') },
            event: event => {
              failures = 0
              lastId = event.id === '' ? '-' : event.id
              latest.current.onEvent(event)
              return latest.current.last?.includes(event.event) === true
            }
          })
          if (ended) return setLiveness('ended')
        } catch (err) {
          if (signal.aborted) return
          if (err instanceof ApiProblem && (isAbsent(err) || err.status === 403)) return await poll(signal)
          if (err instanceof ApiProblem && (err.status === 401 || err.status === 404)) return setLiveness('ended')
        }
        if (signal.aborted) return
        setLiveness('connecting')
        await pause(DELAYS_MS[Math.min(failures++, DELAYS_MS.length - 1)] as number * (0.75 + Math.random() / 2), signal)
      }
    }
    const poll = async (signal: AbortSignal): Promise<void> => {
      setLiveness('polling')
      while (!signal.aborted) {
        await pause(POLL_MS, signal)
        if (!signal.aborted && connection.value.state === 'there') latest.current.onPoll()
      }
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      document.removeEventListener('visibilitychange', look)
      controller?.abort()
    }
  }, [path])
  return liveness
}

/** Reads until the stream ends or breaks; returns whether it ended for good. */
async function read (path: string, signal: AbortSignal, lastId: string, on: { opened: () => void, event: (event: ServerEvent) => boolean }): Promise<boolean> {
  const silence = new AbortController()
  const headers = { accept: 'text/event-stream', ...(/^\d+$/.test(lastId) ? { 'last-event-id': lastId } : {}) }
  const { body } = await open(path, headers, AbortSignal.any([signal, silence.signal]))
  on.opened()
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  const events = sseReader()
  let timer = setTimeout(() => { silence.abort() }, SILENCE_MS)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return false
      clearTimeout(timer)
      timer = setTimeout(() => { silence.abort() }, SILENCE_MS)
      for (const event of events(value)) {
        if (on.event(event)) {
          await reader.cancel()
          return true
        }
      }
    }
  } finally {
    clearTimeout(timer)
  }
}

async function pause (ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>(resolve => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    }, { once: true })
  })
}
