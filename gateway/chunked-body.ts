import { MalformedResponse, parseTrailers } from './response-head.ts'

/** A line of a chunk's size with its extensions, and all trailers together: more is not read. */
const MAX_LINE_BYTES = 4096
const MAX_TRAILER_BYTES = 16 * 1024
/** Sizes that a JavaScript number holds exactly; no extension is understood, all are dropped (RFC 9112 §7.1.1), white space in them is not taken. */
const SIZE_LINE = /^([0-9a-fA-F]{1,13})(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)*$/
const LF = 0x0a
const CR = 0x0d

type State = 'size' | 'data' | 'data-cr' | 'data-lf' | 'trailers' | 'done'

/**
 * Takes the chunked coding off a body (RFC 9112 §7.1), in whatever pieces it comes.
 *
 *   size    <hex>[;extension] CRLF   0 → trailers, else → data
 *   data    <size> bytes             → data-cr → data-lf → size
 *   trailers  lines, then an empty one   → done
 *
 * Every line ends in CRLF and nothing else. Throws MalformedResponse.
 */
export class ChunkedBody {
  #state: State = 'size'
  #left = 0
  #line = ''
  #trailers: string[] = []

  get done (): boolean {
    return this.#state === 'done'
  }

  /** Pairs as in `ResponseHead.headers`; whole once `done`. */
  get trailers (): readonly string[] {
    return this.#trailers
  }

  /**
   * Reads `bytes` from `start` to `end`; gives each part of the body to `onBody` as a range of `bytes`.
   * Returns where it stopped: `end`, or earlier when the body is done or `onBody` answered false.
   */
  push (bytes: Buffer, start: number, end: number, onBody: (bytes: Buffer, start: number, end: number) => boolean): number {
    let at = start
    while (at < end && this.#state !== 'done') {
      switch (this.#state) {
        case 'data': {
          const part = Math.min(this.#left, end - at)
          this.#left -= part
          at += part
          if (this.#left === 0) this.#state = 'data-cr'
          if (!onBody(bytes, at - part, at)) return at
          break
        }
        case 'data-cr':
          if (bytes[at++] !== CR) throw new MalformedResponse('A chunk is longer than its size')
          this.#state = 'data-lf'
          break
        case 'data-lf':
          if (bytes[at++] !== LF) throw new MalformedResponse('A chunk is longer than its size')
          this.#state = 'size'
          break
        case 'size':
        case 'trailers':
          at = this.#readLine(bytes, at, end)
      }
    }
    return at
  }

  #readLine (bytes: Buffer, start: number, end: number): number {
    const max = this.#state === 'size' ? MAX_LINE_BYTES : MAX_TRAILER_BYTES
    const lf = bytes.indexOf(LF, start)
    const found = lf >= 0 && lf < end
    const stop = found ? lf + 1 : end
    if (this.#line.length + stop - start > max) throw new MalformedResponse('A line of the chunked coding is too long')
    this.#line += bytes.toString('latin1', start, stop)
    if (!found) return stop
    if (!this.#line.endsWith('\r\n')) throw new MalformedResponse('A line of the chunked coding ends in a bare LF')
    this.#takeLine()
    return stop
  }

  #takeLine (): void {
    if (this.#state === 'trailers') {
      if (this.#line === '\r\n') this.#state = 'done'
      else if (this.#line.endsWith('\r\n\r\n')) {
        this.#trailers = parseTrailers(this.#line.slice(0, -4))
        this.#state = 'done'
      }
      // Trailers are kept as one text until their empty line is there.
      return
    }
    const size = SIZE_LINE.exec(this.#line.slice(0, -2))
    if (size === null) throw new MalformedResponse('The size of a chunk is not a hexadecimal number')
    this.#line = ''
    this.#left = Number.parseInt(size[1] as string, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'data'
  }
}
