import { useEffect, useState } from 'preact/hooks'
import { logLine } from '../words/log-line.ts'
import type { LogLine } from '../words/log-line.ts'
import { open } from './client.ts'
import { ApiProblem } from './problem.ts'

const TAIL = 500
/** Of those shown; the engine keeps more. */
export const KEPT_LINES = 5000
const BATCH_MS = 100
const AGAIN_MS = 2000

export interface LogStream { lines: LogLine[], instance: string, state: 'connecting' | 'live' | 'ended', problem: ApiProblem | null }

/** The output at a path, from its last lines on, while the page is seen. Goes on with another instance when one ends. */
export function useLogStream (path: string): LogStream {
  const [state, setState] = useState<LogStream>({ lines: [], instance: '', state: 'connecting', problem: null })
  useEffect(() => {
    let controller: AbortController | null = null
    let last = ''
    let instance = ''
    const look = (): void => {
      if (document.hidden) {
        controller?.abort()
        controller = null
      } else if (controller === null) {
        controller = new AbortController()
        follow(controller.signal)
      }
    }
    const add = (lines: LogLine[]): void => {
      // After a new connection the last lines come again.
      const news = lines.filter(({ at }) => at === '' || at > last)
      last = news.findLast(({ at }) => at !== '')?.at ?? last
      if (news.length > 0) setState(state => ({ ...state, lines: [...state.lines, ...news].slice(-KEPT_LINES) }))
    }
    const follow = async (signal: AbortSignal): Promise<void> => {
      while (!signal.aborted) {
        try {
          const { body, headers } = await open(`${path}?tail=${TAIL}&follow=true`, { accept: 'text/plain' }, signal)
          const name = headers.get('x-berth-instance') ?? ''
          if (name !== instance) last = ''
          instance = name
          setState(state => ({ ...state, instance, state: 'live', problem: null }))
          await read(body, signal, add)
          if (!signal.aborted) setState(state => ({ ...state, state: 'ended' }))
        } catch (err) {
          if (signal.aborted) return
          setState(state => ({ ...state, state: 'connecting', problem: err instanceof ApiProblem ? err : null }))
          if (err instanceof ApiProblem && [401, 403, 404].includes(err.status)) return
        }
        await new Promise(resolve => { setTimeout(resolve, AGAIN_MS) })
      }
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      document.removeEventListener('visibilitychange', look)
      controller?.abort()
    }
  }, [path])
  return state
}

/** Whole lines, some at a time. */
async function read (body: ReadableStream<Uint8Array<ArrayBuffer>>, signal: AbortSignal, add: (lines: LogLine[]) => void): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  let pending: string[] = []
  let timer: number | undefined
  const flush = (): void => {
    timer = undefined
    if (!signal.aborted) add(pending.map(logLine))
    pending = []
  }
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const lines = (rest + value).split('\n')
      rest = lines.pop() as string
      pending.push(...lines.map(line => line.replace(/\r$/, '')))
      timer ??= setTimeout(flush, BATCH_MS)
    }
  } finally {
    clearTimeout(timer)
    flush()
  }
}
