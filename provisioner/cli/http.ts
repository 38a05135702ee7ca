import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { UnreachableError } from './errors.ts'

const KEEP_ALIVE_PROBE_MS = 15_000

export interface Outgoing {
  method: string
  /** Path and query. */
  path: string
  headers: Readonly<Record<string, string>>
  body?: string
  /** Until the head of the answer. */
  timeoutMs: number
  signal: AbortSignal
}

/** One request at a time to one API over HTTP/1.1; connections are kept. */
export class Http {
  readonly #base: URL
  readonly #agent: HttpAgent

  constructor (base: URL) {
    this.#base = base
    this.#agent = base.protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  }

  /** Resolves with the head of the answer. Throws an UnreachableError when none came, and the signal's reason when it aborts. */
  async send ({ method, path, headers, body, timeoutMs, signal }: Outgoing): Promise<IncomingMessage> {
    signal.throwIfAborted()
    const request = this.#base.protocol === 'https:' ? requestHttps : requestHttp
    const url = new URL(this.#base.pathname.replace(/\/$/, '') + path, this.#base)
    const late = AbortSignal.timeout(timeoutMs)
    const options: RequestOptions = { method, headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) }, agent: this.#agent }
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(url, options)
      const leave = (): void => { outgoing.destroy(signal.reason as Error) }
      const giveUp = (): void => { outgoing.destroy(new UnreachableError(`${this.#base.origin} did not answer within ${Math.round(timeoutMs / 1000)} seconds.`)) }
      signal.addEventListener('abort', leave, { once: true })
      late.addEventListener('abort', giveUp, { once: true })
      outgoing.once('close', () => { signal.removeEventListener('abort', leave) })
      // A peer that is gone without a word is noticed even when nothing is to be said for long.
      outgoing.once('socket', socket => { socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS) })
      outgoing.on('error', err => { reject(signal.aborted ? signal.reason : err instanceof UnreachableError ? err : unreachable(this.#base, err)) })
      outgoing.on('response', incoming => {
        late.removeEventListener('abort', giveUp)
        resolve(incoming)
      })
      outgoing.end(body)
    })
  }

  close (): void {
    this.#agent.destroy()
  }
}

/** The whole body as text. Throws an UnreachableError when it broke off. */
export async function readBody (incoming: IncomingMessage): Promise<string> {
  incoming.setEncoding('utf8')
  let text = ''
  try {
    for await (const chunk of incoming) text += chunk as string
  } catch (cause) {
    throw new UnreachableError('The connection to the API broke off within an answer.', { cause })
  }
  return text
}

function unreachable ({ origin }: URL, cause: NodeJS.ErrnoException): UnreachableError {
  return new UnreachableError(`The API at ${origin} cannot be reached (${cause.code ?? cause.message}). BERTH_API_URL or --api says where it is.`, { cause })
}
