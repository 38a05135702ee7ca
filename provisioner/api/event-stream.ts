import type { TenantEvent } from '../tenants/event-store.ts'
import type { ApiOptions } from './api-options.ts'
import { Notices } from './notices.ts'
import { eventBody } from './representation.ts'

const BATCH = 100
const HEARTBEAT_MS = 15_000
/** How long a client waits before it comes back (the `retry` field). */
const RECONNECT_MS = 2000

/** Whether an Accept header asks for server-sent events. */
export function wantsStream (accept: string | undefined): boolean {
  return (accept ?? '').split(',').some(range => {
    const [type = '', ...params] = range.split(';').map(part => part.trim().toLowerCase())
    return type === 'text/event-stream' && !params.some(param => /^q=0(?:\.0*)?$/.test(param))
  })
}

/** One event in the format of the HTML standard, §9.2.6. JSON has no line breaks, and reasons are single words. */
export function formatEvent (event: TenantEvent): string {
  return `id: ${event.id}\nevent: ${event.reason}\ndata: ${JSON.stringify(eventBody(event))}\n\n`
}

/** Whose events are streamed: a tenant or a release. */
export interface EventSource {
  id: string
  /** Events after `after`, oldest first. */
  after: (after: number, limit: number) => Promise<TenantEvent[]>
  exists: () => Promise<boolean>
}

/**
 * The events of a source after `after`, oldest first, and then each as it happens, until the source is gone or the signal
 * aborts. A heartbeat, when nothing happens for long, is also the time to look without having been told.
 * The next is read from the database only when the client took the one before.
 */
export async function * streamEvents (
  { presence }: Pick<ApiOptions, 'presence'>, source: EventSource, after: number, signal: AbortSignal, heartbeatMs = HEARTBEAT_MS
): AsyncGenerator<string> {
  const notices = new Notices(presence, ['berth_events', 'berth_settled'], source.id)
  try {
    yield `retry: ${RECONNECT_MS}\n\n`
    for (let last = after; !signal.aborted;) {
      const events = await source.after(last, BATCH)
      for (const event of events) yield formatEvent(event)
      last = events.at(-1)?.id ?? last
      if (events.length === BATCH) continue
      if (events.length === 0 && !await source.exists()) {
        yield 'event: deleted\ndata: {}\n\n'
        return
      }
      if (!await notices.next(heartbeatMs, signal)) yield ': still here\n\n'
    }
  } finally {
    notices.close()
  }
}
