import { request as requestHttp } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { hostOf, resolveTarget } from './target.ts'
import type { TargetPolicy } from './target.ts'

/** For all of it: the look-up, the connection, the answer. */
export const TIMEOUT_MS = 10_000
const MAX_ADDRESSES = 3
const MAX_ANSWER_BYTES = 4096
const MAX_ANSWER_CHARS = 1000

/** How an attempt ended. */
export type Attempt =
  | { kind: 'answered', status: number, answer: string }
  | { kind: 'failed', error: string }

/** Nothing was sent yet: another address may do. */
const UNREACHED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'])

/**
 * Posts a body to a URL, at an address that was checked. Redirects are not followed, of the answer the beginning is read, and it all takes TIMEOUT_MS at the most.
 * Never rejects.
 */
export async function send (url: URL, headers: Record<string, string>, body: string, policy: TargetPolicy, stopping: AbortSignal, timeoutMs = TIMEOUT_MS): Promise<Attempt> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = AbortSignal.any([timeout, stopping])
  try {
    const addresses = await unlessAborted(resolveTarget(url, policy), signal)
    for (const [i, address] of addresses.slice(0, MAX_ADDRESSES).entries()) {
      try {
        return await post(url, address, headers, body, signal)
      } catch (err) {
        if (!UNREACHED.has(String((err as NodeJS.ErrnoException).code)) || i + 1 >= Math.min(addresses.length, MAX_ADDRESSES)) throw err
      }
    }
    return { kind: 'failed', error: 'The host has no address.' }
  } catch (err) {
    if (timeout.aborted) return { kind: 'failed', error: `There was no answer within ${timeoutMs / 1000} seconds.` }
    return { kind: 'failed', error: wordsOf(err) }
  }
}

async function post (url: URL, address: string, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<Attempt> {
  const host = hostOf(url)
  const options = {
    host: address,
    port: url.port === '' ? undefined : Number(url.port),
    path: url.pathname + url.search,
    method: 'POST',
    agent: false,
    signal,
    headers: {
      host: url.host,
      'user-agent': 'Berth-Webhooks',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
      ...headers
    },
    // The certificate has to be the name's, not the address's.
    ...(isIP(host) === 0 ? { servername: host } : {})
  }
  return await new Promise((resolve, reject) => {
    const outgoing: ClientRequest = url.protocol === 'https:' ? requestHttps(options) : requestHttp(options)
    outgoing.on('error', reject)
    outgoing.on('response', incoming => {
      // What breaks off from now on, the time-out too, leaves what was said.
      outgoing.off('error', reject).on('error', () => {})
      readBeginning(incoming).then(answer => {
        outgoing.destroy()
        resolve({ kind: 'answered', status: incoming.statusCode as number, answer })
      }, reject)
    })
    outgoing.end(body)
  })
}

/** What was said counts, also when the rest of the answer never comes. */
async function readBeginning (incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  await new Promise<void>(resolve => {
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= MAX_ANSWER_BYTES) resolve()
    })
    for (const end of ['end', 'close', 'error'] as const) incoming.on(end, () => { resolve() })
  })
  return storable(Buffer.concat(chunks).toString('utf8')).slice(0, MAX_ANSWER_CHARS)
}

/** PostgreSQL keeps no NUL. */
function storable (text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

function wordsOf (err: unknown): string {
  const { message = '', code } = err as NodeJS.ErrnoException
  return storable(message === '' ? String(code ?? err) : message).slice(0, MAX_ANSWER_CHARS)
}

async function unlessAborted<T> (work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => { aborted.reject(new Error('It was broken off.')) }
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
