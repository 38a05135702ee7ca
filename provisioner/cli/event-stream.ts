import { createParser } from 'eventsource-parser'
import type { EventSourceMessage } from 'eventsource-parser'
import type { IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Api } from './api.ts'
import { isPassing } from './api.ts'

const RECONNECT_MS = 1000
/** The server says that it is there every 15 seconds: who is silent for longer is not. */
const SILENCE_MS = 45_000
const MAX_EVENT_CHARACTERS = 4 * 2 ** 20
/** So often in a row a connection may fail before that is the end. */
const MAX_FAILURES = 30

/**
 * The server-sent events of an address (HTML standard, §9.2), over as many connections as it takes: each goes on after the last
 * event that there was (Last-Event-ID). It ends only when the caller leaves, or with what is no matter of the connection.
 */
export async function * serverSentEvents (api: Api, path: string, lastEventId = ''): AsyncGenerator<EventSourceMessage> {
  let last = lastEventId
  let waitMs = RECONNECT_MS
  for (let failures = 0; ; await pause(waitMs, undefined, { signal: api.signal })) {
    try {
      const headers = { accept: 'text/event-stream', ...(last === '' ? {} : { 'last-event-id': last }) }
      const incoming = await api.open('GET', path, { headers })
      for await (const { message, retryMs } of messages(incoming)) {
        failures = 0
        if (retryMs !== undefined) waitMs = retryMs
        if (message === undefined) continue
        if (message.id !== undefined) last = message.id
        yield message
      }
      api.signal.throwIfAborted()
    } catch (err) {
      api.signal.throwIfAborted()
      failures++
      if (!isPassing(err) || failures > MAX_FAILURES) throw err
    }
  }
}

/** What comes over one connection. A connection that breaks is an end like another. */
async function * messages (incoming: IncomingMessage): AsyncGenerator<{ message?: EventSourceMessage, retryMs?: number }> {
  const come: Array<{ message?: EventSourceMessage, retryMs?: number }> = []
  const parser = createParser({
    onEvent: message => { come.push({ message }) },
    onRetry: retryMs => { come.push({ retryMs }) },
    maxBufferSize: MAX_EVENT_CHARACTERS
  })
  incoming.setEncoding('utf8')
  incoming.setTimeout(SILENCE_MS, () => { incoming.destroy() })
  try {
    for await (const chunk of incoming) {
      parser.feed(chunk as string)
      yield * come.splice(0)
    }
  } catch (err) {
    if (!incoming.destroyed) throw err
  } finally {
    incoming.destroy()
  }
}
