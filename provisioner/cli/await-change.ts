import type { Answer } from './api.ts'
import { isPassing, newKey } from './api.ts'
import { ApiError, UnreachableError } from './errors.ts'
import { eventLines } from './event-view.ts'
import { serverSentEvents } from './event-stream.ts'
import type { Session } from './session.ts'
import type { Event, Page } from './shapes.ts'

/** How long one request holds for a change to settle, in seconds. */
const HOLD_SECONDS = 25
const GRACE_MS = 30_000
const ACCEPTED = 202
const MAX_REST = 200

export interface Change<T> {
  method: string
  path: string
  body?: unknown
  /** Where the events of what is changed are, by the first answer. */
  eventsPath: (body: T) => string
  /** The last event that there was before. */
  after: number
  timeoutSeconds: number
}

/**
 * Asks for a change and waits until it settled, showing the steps meanwhile. The same request is sent again and again with its
 * Idempotency-Key and `?wait`, which holds and then says how it ended; no state is guessed at here.
 * Throws an UnreachableError when it takes longer than it may.
 */
export async function changeAndWait<T> (session: Session, change: Change<T>): Promise<Answer<T>> {
  const { method, path, body, timeoutSeconds } = change
  const call = { key: newKey(), ...(body === undefined ? {} : { body }) }
  const deadline = performance.now() + timeoutSeconds * 1000
  const first = await session.api.call<T>(method, path, call)
  if (first.status !== ACCEPTED) return first
  const steps = new Steps(session, change.eventsPath(first.body), change.after)
  try {
    for (;;) {
      const left = Math.ceil((deadline - performance.now()) / 1000)
      if (left <= 0) throw new UnreachableError(`It did not settle within ${timeoutSeconds} seconds, and goes on; --timeout says how long to wait.`)
      const wait = Math.min(left, HOLD_SECONDS)
      const answer = await session.api.call<T>(method, path, { ...call, query: { wait }, timeoutMs: wait * 1000 + GRACE_MS })
      if (answer.status !== ACCEPTED) {
        await steps.showRest()
        return answer
      }
    }
  } finally {
    await steps.end()
  }
}

/** The last event of a tenant so far: what comes after it belongs to what is done next. */
export async function lastEvent ({ api }: Session, path: string): Promise<number> {
  return (await api.get<Page<Event>>(path, { limit: 1 })).items[0]?.id ?? 0
}

/** Shows events as they come, until it is ended. */
class Steps {
  readonly #session: Session
  readonly #path: string
  readonly #ended = new AbortController()
  readonly #shown: Promise<void>
  #last: number

  constructor (session: Session, path: string, after: number) {
    this.#session = session
    this.#path = path
    this.#last = after
    this.#shown = session.json ? Promise.resolve() : this.#follow()
  }

  /** What the stream has not brought yet when the end is known already. */
  async showRest (): Promise<void> {
    if (this.#session.json) return
    await this.end()
    const rest: Event[] = []
    try {
      for await (const event of this.#session.api.items<Event>(this.#path, {}, MAX_REST)) {
        if (event.id <= this.#last) break
        rest.unshift(event)
      }
    } catch (err) {
      // Its events went with the tenant.
      if (!(err instanceof ApiError && err.status === 404)) throw err
    }
    for (const event of rest) this.#show(event)
  }

  async end (): Promise<void> {
    this.#ended.abort()
    await this.#shown
  }

  async #follow (): Promise<void> {
    try {
      for await (const { event, data } of serverSentEvents(this.#session.api.until(this.#ended.signal), this.#path, String(this.#last))) {
        if (event === 'deleted') return
        this.#show(JSON.parse(data) as Event)
      }
    } catch (err) {
      // The steps are for show: how it ended is said by the answer.
      if (!this.#ended.signal.aborted && !this.#session.api.signal.aborted && !isPassing(err) && !(err instanceof ApiError)) throw err
    }
  }

  #show (event: Event): void {
    if (event.id <= this.#last) return
    this.#last = event.id
    const { terminal } = this.#session
    terminal.say(...eventLines(event, (style, text) => terminal.tint(style, text)))
  }
}
