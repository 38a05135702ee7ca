import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { get } from './client.ts'
import { connection } from './connection.ts'
import { ApiProblem } from './problem.ts'

export interface Resource<T> {
  /** What was read last; while it is read anew too. */
  data: T | null
  /** Why the last reading failed. */
  problem: ApiProblem | null
  loading: boolean
  /** Reads it again, once for however many ask while it is read. */
  refresh: () => void
}

const KEPT = 60
/** What was read, by path: going back shows it at once, and reads it anew. */
const seen = new Map<string, unknown>()

export function forgetAll (): void {
  seen.clear()
}

function keep (path: string, data: unknown): void {
  seen.delete(path)
  seen.set(path, data)
  if (seen.size > KEPT) seen.delete(seen.keys().next().value as string)
}

/** What the API has at a path; null reads nothing. `everyMs` reads it again in that time while the page is seen. */
export function useResource<T> (path: string | null, { everyMs }: { everyMs?: number } = {}): Resource<T> {
  const [state, setState] = useState<{ path: string | null, data: T | null, problem: ApiProblem | null, loading: boolean }>(
    () => ({ path, data: path === null ? null : (seen.get(path) ?? null) as T | null, problem: null, loading: path !== null }))
  const run = useRef<{ path: string | null, again: boolean, busy: boolean, controller: AbortController } | null>(null)
  const { epoch } = connection.value

  const load = useCallback(async () => {
    const mine = run.current
    if (mine === null || mine.path === null) return
    if (mine.busy) {
      mine.again = true
      return
    }
    mine.busy = true
    do {
      mine.again = false
      const { path } = mine
      try {
        const data = await get<T>(path, mine.controller.signal)
        if (run.current !== mine) return
        keep(path, data)
        setState({ path, data, problem: null, loading: false })
      } catch (err) {
        if (run.current !== mine) return
        if (!(err instanceof ApiProblem)) throw err
        // What is gone is not shown any more; what could not be read stays as it was.
        setState(state => ({ path, data: err.status === 404 || err.status === 403 ? null : state.data, problem: err, loading: false }))
      }
    } while (mine.again)
    mine.busy = false
  }, [])

  useEffect(() => {
    const mine = { path, again: false, busy: false, controller: new AbortController() }
    run.current = mine
    setState(state => state.path === path ? { ...state, loading: path !== null } : { path, data: path === null ? null : (seen.get(path) ?? null) as T | null, problem: null, loading: path !== null })
    load()
    return () => {
      run.current = null
      mine.controller.abort()
    }
  }, [path, epoch])

  useEffect(() => {
    if (everyMs === undefined || path === null) return
    const look = (): void => { if (!document.hidden && connection.value.state === 'there') load() }
    const timer = setInterval(look, everyMs)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [path, everyMs])

  const refresh = useCallback(() => { load() }, [])
  // Of the path before, until the effect ran.
  const fresh = state.path === path
  return { data: fresh ? state.data : path === null ? null : (seen.get(path) ?? null) as T | null, problem: fresh ? state.problem : null, loading: fresh ? state.loading : path !== null, refresh }
}
