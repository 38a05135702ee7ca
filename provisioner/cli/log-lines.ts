import { StringDecoder } from 'node:string_decoder'

const TIME = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) ?/
/** A line that does not end is cut here, so that it does not fill the memory. */
const MAX_LINE = 2 ** 20

export interface LogLine {
  /** RFC 3339 with nanoseconds, as long as every other one: they compare as text. Null when the line has none. */
  at: string | null
  text: string
}

/** Lines of a stream of bytes, wherever its chunks end. */
export async function * logLines (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LogLine> {
  const decoder = new StringDecoder('utf8')
  let pending = ''
  for await (const chunk of chunks) {
    const lines = (pending + decoder.write(Buffer.from(chunk))).split('\n')
    pending = lines.pop() as string
    for (const line of lines) yield readLine(line)
    while (pending.length > MAX_LINE) {
      yield readLine(pending.slice(0, MAX_LINE))
      pending = pending.slice(MAX_LINE)
    }
  }
  if (pending !== '') yield readLine(pending)
}

export function readLine (line: string): LogLine {
  const match = TIME.exec(line)
  const text = (match === null ? line : line.slice(match[0].length)).replace(/\r$/, '')
  return { at: match?.[1] ?? null, text }
}
