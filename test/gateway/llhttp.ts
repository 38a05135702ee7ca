import { createRequire } from 'node:module'
import type { Reading } from './reading.ts'

/** Node's own binding to llhttp. No part of its API, but what its HTTP client reads with. */
interface Binding {
  initialize: (type: number, resource: object, maxHeaderBytes: number, lenient: number) => void
  execute: (bytes: Buffer) => number | Error
  finish: () => Error | undefined
  close: () => void
  [on: number]: (...args: never[]) => unknown
}

interface BindingClass {
  new (): Binding
  RESPONSE: number
  kLenientNone: number
  kOnHeaders: number
  kOnHeadersComplete: number
  kOnBody: number
  kOnMessageComplete: number
}

const { HTTPParser } = createRequire(import.meta.url)('node:_http_common') as { HTTPParser: BindingClass }
const MAX_HEAD_BYTES = 128 * 1024
/** RFC 9110 §15.2 gives no interim response a body; of most llhttp does not know it, and is told as it is of HEAD. */
const SKIP_BODY = 1

/**
 * Reads the response to a request of `method` with llhttp at its strictest, and the end of the connection behind it if
 * `ends`. Says in `whole` at which of the pieces the response was whole.
 */
export function readWithLlhttp (pieces: readonly Buffer[], method: string, ends: boolean): Reading & { whole: number } {
  const reading: Reading & { whole: number } = { heads: [], body: '', trailers: [], end: 'early', whole: -1 }
  const parser = new HTTPParser()
  let flushed: string[] = []
  let final = false
  parser.initialize(HTTPParser.RESPONSE, {}, MAX_HEAD_BYTES, HTTPParser.kLenientNone)
  // More than a few headers come in several parts, and trailers as headers behind the head.
  parser[HTTPParser.kOnHeaders] = (headers: string[]) => {
    if (final) reading.trailers.push(...headers)
    else flushed.push(...headers)
  }
  parser[HTTPParser.kOnHeadersComplete] = (_major: number, minor: number, headers: string[] | undefined, _method: unknown, _url: unknown, status: number, reason: string) => {
    if (reading.end === 'whole') return SKIP_BODY
    reading.heads.push({ status, minor, reason, headers: [...flushed, ...headers ?? []] })
    flushed = []
    final = status >= 200 || status === 101
    return method === 'HEAD' || status < 200 ? SKIP_BODY : 0
  }
  parser[HTTPParser.kOnBody] = (bytes: Buffer) => {
    if (reading.end !== 'whole') reading.body += bytes.toString('latin1')
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    if (final) reading.end = 'whole'
  }
  try {
    for (const [i, piece] of pieces.entries()) {
      const read = parser.execute(piece)
      if (reading.end as string === 'whole') return { ...reading, whole: i }
      if (read instanceof Error) return { ...reading, end: 'error' }
    }
    if (!ends) return reading
    const failure = parser.finish()
    if (reading.end as string === 'whole') return { ...reading, end: 'closed' }
    return failure === undefined ? reading : { ...reading, end: 'error' }
  } finally {
    parser.close()
  }
}
