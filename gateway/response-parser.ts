import { ChunkedBody } from './chunked-body.ts'
import { MalformedResponse, parseResponseHead } from './response-head.ts'
import type { ResponseHead } from './response-head.ts'

/** Hears of the parts of a response in their order; bytes are valid during the call only. */
export interface ResponseSink {
  /** For each interim response (1xx) too; the final one is the last. */
  onHead: (head: ResponseHead) => void
  onBody: (bytes: Buffer, start: number, end: number) => void
  /** The response is whole. */
  onEnd: (trailers: readonly string[]) => void
}

/** More than this of a head is not read, not counting the empty line that ends it. */
export const MAX_HEAD_BYTES = 32 * 1024
/** Interim responses to one request: a tenant that sends nothing else would hold the client for ever. */
const MAX_INTERIM = 16

const NO_TRAILERS: readonly string[] = []

/** What a head begins with; what begins otherwise need not be waited for either. */
const START = 'HTTP/1.'

type State = 'idle' | 'head' | 'length' | 'chunked' | 'close' | 'done' | 'stopped'

/**
 * Reads one response after the other from a connection, in whatever pieces they come (RFC 9112).
 *
 *   idle → head → (head, for 1xx) → length | chunked | close → done → head, by `expect`
 *
 * As strict as llhttp, by test; see response-head.ts and chunked-body.ts. Throws MalformedResponse.
 */
export class ResponseParser {
  readonly #sink: ResponseSink
  #state: State = 'idle'
  #method = ''
  #head = ''
  #left = 0
  #interim = 0
  #chunked: ChunkedBody | null = null
  #excess = false

  constructor (sink: ResponseSink) {
    this.#sink = sink
  }

  /** More came with the response than belongs to it: nobody can tell what that is, so the connection must not go on. */
  get excess (): boolean {
    return this.#excess
  }

  /** A request of `method` goes out: its response is next. */
  expect (method: string): void {
    this.#state = 'head'
    this.#method = method
    this.#interim = 0
  }

  /** Nothing more is wanted of the response, whatever comes. */
  stop (): void {
    this.#state = 'stopped'
  }

  /**
   * Reads `bytes` from `start` to `end`, at most to the end of the response; throws when none is due.
   * Returns where it stopped: after a 101 that is where the other protocol begins.
   */
  push (bytes: Buffer, start: number, end: number): number {
    if (this.#state === 'idle' || this.#state === 'done') throw new MalformedResponse('Bytes that belong to no response')
    let at = start
    // The sink may ask for the next response as soon as this one has ended: what is left here is not that.
    while (at < end) {
      switch (this.#state) {
        case 'head': {
          const [next, ended] = this.#readHead(bytes, at, end)
          if (ended) return next
          at = next
          break
        }
        case 'length': return this.#readLength(bytes, at, end)
        case 'chunked': return this.#readChunked(bytes, at, end)
        case 'close': this.#sink.onBody(bytes, at, end); return end
        default: return at
      }
    }
    return at
  }

  /** The tenant has closed the connection: the end of a body that has no other, and otherwise too early. */
  finish (): void {
    if (this.#state === 'close') this.#end(NO_TRAILERS, false)
    else if (this.#state !== 'stopped' && this.#state !== 'done') throw new ClosedEarly()
  }

  #readHead (bytes: Buffer, start: number, end: number): [next: number, ended: boolean] {
    // Part of the empty line may have come before.
    const before = this.#head
    let text = before + bytes.toString('latin1', start, Math.min(end, start + MAX_HEAD_BYTES - before.length + 4))
    const stop = text.indexOf('\r\n\r\n', Math.max(0, before.length - 3))
    if (stop < 0) {
      if (text.length >= MAX_HEAD_BYTES + 4) throw new MalformedResponse('The head is too large')
      if (!START.startsWith(text.slice(0, START.length))) throw new MalformedResponse('It is not HTTP/1.1')
      if (hasBareLf(text, before.length)) throw new MalformedResponse('A line ends in a bare LF')
      this.#head = text
      return [end, true]
    }
    const next = start + stop + 4 - before.length
    text = text.slice(0, stop)
    this.#head = ''
    return [next, this.#begin(parseResponseHead(text, this.#method), next < end)]
  }

  /** Returns true when nothing follows the head. */
  #begin (head: ResponseHead, more: boolean): boolean {
    const { status, framing } = head
    if (status < 200 && status !== 101) {
      if (++this.#interim > MAX_INTERIM) throw new MalformedResponse('Too many interim responses')
      if (!head.persistent) throw new MalformedResponse('An interim response is the last of its connection')
      this.#sink.onHead(head)
      return this.#stopped
    }
    switch (framing.kind) {
      case 'none': this.#state = 'done'; break
      case 'length': this.#state = 'length'; this.#left = framing.length; break
      case 'chunked': this.#state = 'chunked'; this.#chunked = new ChunkedBody(); break
      case 'close': this.#state = 'close'
    }
    if (status === 101) this.#state = 'stopped'
    this.#sink.onHead(head)
    if (this.#stopped) return true
    if (framing.kind !== 'none') return false
    this.#end(NO_TRAILERS, more)
    return true
  }

  #readLength (bytes: Buffer, start: number, end: number): number {
    const part = Math.min(this.#left, end - start)
    this.#left -= part
    const at = start + part
    this.#sink.onBody(bytes, start, at)
    if (this.#left === 0 && !this.#stopped) this.#end(NO_TRAILERS, at < end)
    return at
  }

  #readChunked (bytes: Buffer, start: number, end: number): number {
    const body = this.#chunked as ChunkedBody
    const at = body.push(bytes, start, end, this.#onChunk)
    if (body.done && !this.#stopped) this.#end(body.trailers, at < end)
    return at
  }

  readonly #onChunk = (bytes: Buffer, start: number, end: number): boolean => {
    this.#sink.onBody(bytes, start, end)
    return !this.#stopped
  }

  #end (trailers: readonly string[], excess: boolean): void {
    this.#state = 'done'
    this.#excess = excess
    this.#chunked = null
    this.#sink.onEnd(trailers)
  }

  get #stopped (): boolean {
    return this.#state === 'stopped'
  }
}

/** A line end that is none: what follows will never be a head, so there is no need to wait for more of it. */
function hasBareLf (text: string, from: number): boolean {
  for (let at = text.indexOf('\n', from); at >= 0; at = text.indexOf('\n', at + 1)) {
    if (text[at - 1] !== '\r') return true
  }
  return false
}

/** The tenant closed the connection before its response was whole. */
export class ClosedEarly extends Error {
  override name = 'ClosedEarly'
  readonly code = 'ECONNRESET'

  constructor () {
    super('The tenant closed the connection before its answer was whole')
  }
}
