import { createParser } from 'eventsource-parser'

/** One server-sent event (HTML standard, §9.2); `id` is the last that any event had. */
export interface ServerEvent { event: string, data: string, id: string }

/** Returns a function that takes the text of a stream as it comes, cut anywhere, and gives the events that are complete. */
export function sseReader (): (text: string) => ServerEvent[] {
  let found: ServerEvent[] = []
  let last = ''
  const parser = createParser({
    onEvent: ({ event = 'message', data, id = last }) => {
      last = id
      found.push({ event, data, id })
    }
  })
  return text => {
    found = []
    parser.feed(text)
    return found
  }
}
