/** How the end of a body is found (RFC 9112 §6.3). */
export type Framing =
  | { kind: 'none' }
  | { kind: 'length', length: number }
  | { kind: 'chunked' }
  | { kind: 'close' }

export interface ResponseHead {
  /** 100–999. */
  readonly status: number
  readonly reason: string
  /** HTTP/1.x of the tenant. */
  readonly minor: 0 | 1
  /** Names and values in turn, as the tenant wrote them. */
  readonly headers: readonly string[]
  /** The names once more in lower case, one for each pair. */
  readonly names: readonly string[]
  /** Values of all Connection headers in lower case, joined by commas. */
  readonly connection: string
  readonly framing: Framing
  /** The connection may carry another request after this response. */
  readonly persistent: boolean
  /** How long the tenant means to keep the connection when idle (`Keep-Alive: timeout`), in milliseconds. */
  readonly keepAliveMs: number | null
}

/** The tenant sent what is not HTTP/1.1, or what two readers could take for two different things. */
export class MalformedResponse extends Error {
  override name = 'MalformedResponse'
  readonly code = 'ERR_MALFORMED_RESPONSE'
}

const NONE: Framing = { kind: 'none' }
const CHUNKED: Framing = { kind: 'chunked' }
const CLOSE: Framing = { kind: 'close' }

/** RFC 9112 §4. The reason is free text without control characters. */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/
/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** RFC 9110 §5.5: neither NUL nor CR nor LF, nor any other control character but the tab. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** The same for all lines at once. */
const LINES = /^(?:[\t\x20-\x7e\x80-\xff]|\r\n)*$/
/** What frames a message has come too late in a trailer (RFC 9110 §6.5.1). */
const FRAMING = /^(?:content-length|transfer-encoding)$/i
const LENGTH = /^[0-9]{1,15}$/
const KEEP_ALIVE = /(?:^|[,\s])timeout=([0-9]{1,6})/i

/**
 * Reads the head of a response to a request of `method`: `text` is in latin1, without the empty line that ends it.
 *
 * Stricter than RFC 9112 asks of a recipient, since the bytes come from a tenant: lines end in CRLF only, no line is
 * folded, one Content-Length in digits, `chunked` is the only transfer coding (no other is asked for), and never both.
 * Throws MalformedResponse.
 */
export function parseResponseHead (text: string, method: string): ResponseHead {
  let end = lineEnd(text, 0)
  const line = STATUS_LINE.exec(text.slice(0, end))
  if (line === null) throw new MalformedResponse('Status line is not one of HTTP/1.1')
  if (!LINES.test(text)) throw new MalformedResponse('A header line has a control character')
  const minor = line[1] === '1' ? 1 : 0
  const status = Number(line[2])

  const headers: string[] = []
  const names: string[] = []
  let connection = ''
  let length = -1
  let chunked = false
  let keepAliveMs: number | null = null
  while (end < text.length) {
    const start = end + 2
    end = lineEnd(text, start)
    const colon = text.indexOf(':', start)
    if (colon < 0 || colon >= end) throw new MalformedResponse('A header line has no colon')
    const name = text.slice(start, colon)
    const value = trimmed(text, colon + 1, end)
    const plain = plainName(name)
    headers.push(name, value)
    names.push(plain)
    switch (plain) {
      case 'content-length':
        if (length >= 0 || !LENGTH.test(value)) throw new MalformedResponse('Content-Length is not one number')
        length = Number(value)
        break
      case 'transfer-encoding':
        // A tab behind it is white space to some and part of the name to others.
        if (chunked || value.toLowerCase() !== 'chunked' || text.slice(colon + 1, end).trimStart().includes('\t')) throw new MalformedResponse('Transfer-Encoding is not chunked alone')
        chunked = true
        break
      case 'connection':
        connection = connection === '' ? value.toLowerCase() : `${connection},${value.toLowerCase()}`
        break
      case 'keep-alive':
        keepAliveMs = keepAlive(value)
    }
  }
  if (chunked && (length >= 0 || minor === 0)) throw new MalformedResponse('Transfer-Encoding where it must not be')
  const framing = framingOf(method, status, chunked, length)
  return {
    status,
    reason: line[3] ?? '',
    minor,
    headers,
    names,
    connection,
    framing,
    persistent: framing !== CLOSE && !hasOption(connection, 'close') && (minor === 1 || hasOption(connection, 'keep-alive')),
    keepAliveMs
  }
}

/** Names that have been read before, and their lower case: tenants use the same few again and again. */
const NAMES = new Map<string, string>()
const MAX_NAMES = 2048

function plainName (name: string): string {
  const known = NAMES.get(name)
  if (known !== undefined) return known
  if (!TOKEN.test(name)) throw new MalformedResponse('A header name is not a token')
  const plain = name.toLowerCase()
  if (NAMES.size < MAX_NAMES && name.length <= 64) NAMES.set(name, plain)
  return plain
}

function framingOf (method: string, status: number, chunked: boolean, length: number): Framing {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return NONE
  if (chunked) return CHUNKED
  if (length >= 0) return length === 0 ? NONE : { kind: 'length', length }
  return CLOSE
}

/** True when `option` is among the Connection options in `list`, which is in lower case. */
export function hasOption (list: string, option: string): boolean {
  if (list === option) return true
  return list.includes(option) && list.split(',').some(part => part.trim() === option)
}

/** RFC 6455 §4.1. */
export function switchesToWebSocket ({ names, headers, connection }: ResponseHead): boolean {
  const at = names.indexOf('upgrade')
  return hasOption(connection, 'upgrade') && at >= 0 && headers[2 * at + 1]?.toLowerCase() === 'websocket'
}

/** Trailer lines after a chunked body, in the form of `ResponseHead.headers`. `text` is without the last empty line. */
export function parseTrailers (text: string): string[] {
  const pairs: string[] = []
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0))
    const value = trimmed(line, colon + 1, line.length)
    if (!TOKEN.test(name) || !VALUE.test(value) || FRAMING.test(name)) throw new MalformedResponse('A trailer line is not valid')
    pairs.push(name, value)
  }
  return pairs
}

function lineEnd (text: string, from: number): number {
  const at = text.indexOf('\r\n', from)
  return at < 0 ? text.length : at
}

/** Without the optional white space around it (RFC 9110 §5.6.3). */
function trimmed (text: string, start: number, end: number): string {
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank (code: number): boolean {
  return code === 0x20 || code === 0x09
}

function keepAlive (value: string): number | null {
  const seconds = KEEP_ALIVE.exec(value)?.[1]
  return seconds === undefined ? null : Number(seconds) * 1000
}
