/** One server-sent event (HTML standard, §9.2). */
export interface ServerEvent { event: string, data: string, id: string }

/** Returns a function that takes the text of a stream as it comes, cut anywhere, and gives the events that are complete. */
export function sseReader (): (text: string) => ServerEvent[] {
  let rest = ''
  let id = ''
  let event = ''
  let data: string[] = []
  const field = (line: string): ServerEvent | null => {
    if (line === '') {
      const complete = data.length === 0 ? null : { event: event === '' ? 'message' : event, data: data.join('\n'), id }
      event = ''
      data = []
      return complete
    }
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') data.push(value)
    else if (name === 'event') event = value
    else if (name === 'id' && !value.includes('\0')) id = value
    return null
  }
  return text => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() as string
    return lines.map(field).filter(found => found !== null)
  }
}
