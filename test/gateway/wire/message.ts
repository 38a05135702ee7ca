/**
 * A reader of HTTP/1.1 messages that takes nothing but the one unambiguous form: CRLF, token names, one length. What a
 * gateway writes must be readable by it, whatever the gateway was given. Bytes are latin1 strings throughout.
 */
export interface Message {
  /** Request line or status line. */
  start: string
  /** In the order, case and number in which they came. */
  fields: ReadonlyArray<readonly [name: string, value: string]>
  body: string
  trailers: ReadonlyArray<readonly [name: string, value: string]>
}

/** What follows a head: nothing, what its fields say, or (a response without any) all until the connection ends. */
type Framing = 'none' | 'fields' | 'fields or end'

const FIELD = /^([!#$%&'*+.^_`|~\dA-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/

/** All values of a field, joined as RFC 9110 §5.3 joins them; undefined when there is none. */
export function fieldOf ({ fields }: Pick<Message, 'fields'>, name: string): string | undefined {
  const values = fields.filter(([other]) => other.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

export function statusOf ({ start }: Message): number {
  return Number(start.split(' ')[1])
}

/** The requests in what a tenant received, and what is left: the beginning of another. Throws on what is not clean. */
export function readRequests (bytes: string): { requests: Message[], rest: string } {
  const requests: Message[] = []
  let rest = bytes
  for (let read = readMessage(rest, () => 'fields', false); read !== null; read = readMessage(rest, () => 'fields', false)) {
    if (!/^[!-~]+ [!-~\x80-\xff]+ HTTP\/1\.1$/.test(read.message.start)) throw new Error(`Not a request line: ${JSON.stringify(read.message.start)}`)
    requests.push(read.message)
    rest = read.rest
  }
  return { requests, rest }
}

/**
 * The responses in what a client received, interim ones among them. `methods` are those of the requests it sent, GET
 * where there is none; `ended`: the connection has ended in good order, which completes a body without a length.
 */
export function readResponses (bytes: string, methods: readonly string[], ended: boolean): { responses: Message[], rest: string } {
  const responses: Message[] = []
  let rest = bytes
  let answered = 0
  for (;;) {
    const framing = (message: Message): Framing => {
      const status = statusOf(message)
      return status < 200 || status === 204 || status === 304 || methods[answered] === 'HEAD' ? 'none' : 'fields or end'
    }
    const read = readMessage(rest, framing, ended)
    if (read === null) return { responses, rest }
    if (!/^HTTP\/1\.1 \d{3} /.test(read.message.start)) throw new Error(`Not a status line: ${JSON.stringify(read.message.start)}`)
    responses.push(read.message)
    rest = read.rest
    if (statusOf(read.message) >= 200) answered++
    if (statusOf(read.message) === 101) return { responses, rest }
  }
}

function readMessage (bytes: string, framingOf: (head: Message) => Framing, ended: boolean): { message: Message, rest: string } | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [start = '', ...lines] = bytes.slice(0, end).split('\r\n')
  const message: Message = { start, fields: lines.map(readField), body: '', trailers: [] }
  const rest = bytes.slice(end + 4)
  const framing = framingOf(message)
  if (framing === 'none') return { message, rest }
  const coding = fieldOf(message, 'transfer-encoding')
  const length = fieldOf(message, 'content-length')
  if (coding !== undefined && length !== undefined) throw new Error(`Both lengths: ${JSON.stringify(lines)}`)
  if (coding !== undefined) {
    if (coding !== 'chunked') throw new Error(`Transfer-Encoding: ${coding}`)
    return readChunked(message, rest)
  }
  if (length !== undefined) {
    if (!/^\d+$/.test(length)) throw new Error(`Content-Length: ${length}`)
    return rest.length < Number(length) ? null : { message: { ...message, body: rest.slice(0, Number(length)) }, rest: rest.slice(Number(length)) }
  }
  if (framing === 'fields') return { message, rest }
  return ended ? { message: { ...message, body: rest }, rest: '' } : null
}

function readField (line: string): readonly [string, string] {
  const match = FIELD.exec(line)
  if (match === null) throw new Error(`Not a field: ${JSON.stringify(line.slice(0, 200))}`)
  return [match[1] as string, match[2] as string]
}

function readChunked (head: Message, bytes: string): { message: Message, rest: string } | null {
  const parts: string[] = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return null
    const line = bytes.slice(at, lineEnd)
    if (!/^[\da-fA-F]{1,12}$/.test(line)) throw new Error(`Not a chunk size: ${JSON.stringify(line.slice(0, 200))}`)
    const size = Number.parseInt(line, 16)
    const dataEnd = lineEnd + 2 + size
    if (size === 0) break
    if (bytes.length < dataEnd + 2) return null
    if (bytes.slice(dataEnd, dataEnd + 2) !== '\r\n') throw new Error('No CRLF behind a chunk')
    parts.push(bytes.slice(lineEnd + 2, dataEnd))
    at = dataEnd + 2
  }
  const trailersAt = bytes.indexOf('\r\n', at) + 2
  const body = parts.join('')
  if (bytes.startsWith('\r\n', trailersAt)) return { message: { ...head, body }, rest: bytes.slice(trailersAt + 2) }
  const end = bytes.indexOf('\r\n\r\n', trailersAt)
  if (end < 0) return null
  return { message: { ...head, body, trailers: bytes.slice(trailersAt, end).split('\r\n').map(readField) }, rest: bytes.slice(end + 4) }
}
