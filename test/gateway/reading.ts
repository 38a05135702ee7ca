import { MalformedResponse } from '../../gateway/response-head.ts'
import { ClosedEarly, ResponseParser } from '../../gateway/response-parser.ts'

/** What a reader makes of the bytes of a response; all strings are latin1. */
export interface Reading {
  /** Of the interim responses and of the final one. */
  heads: Array<{ status: number, minor: number, reason: string, headers: readonly string[] }>
  body: string
  trailers: string[]
  /** Whole by itself; whole by the end of the connection; not whole; no response. */
  end: 'whole' | 'closed' | 'early' | 'error'
}

/** Reads the response to a request of `method` with the gateway's parser. `at`: how many bytes it took. */
export function readWithParser (pieces: readonly Buffer[], method: string): Reading & { at: number } {
  const reading: Reading & { at: number } = { heads: [], body: '', trailers: [], end: 'early', at: 0 }
  const parser = new ResponseParser({
    onHead: ({ status, minor, reason, headers }) => {
      reading.heads.push({ status, minor, reason, headers })
      if (status === 101) reading.end = 'whole'
    },
    onBody: (bytes, start, end) => { reading.body += bytes.toString('latin1', start, end) },
    onEnd: trailers => {
      reading.trailers = [...trailers]
      reading.end = 'whole'
    }
  })
  parser.expect(method)
  try {
    for (const piece of pieces) {
      reading.at += parser.push(piece, 0, piece.length)
      if (reading.end === 'whole') return reading
    }
    parser.finish()
    return { ...reading, end: 'closed' }
  } catch (err) {
    if (err instanceof ClosedEarly) return { ...reading, end: 'early' }
    if (err instanceof MalformedResponse) return { ...reading, end: 'error', at: 0 }
    throw err
  }
}
