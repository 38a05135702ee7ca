import { Transform } from 'node:stream'
import type { Readable } from 'node:stream'

const HEADER_BYTES = 8
const MAX_LINE_LENGTH = 2000

/**
 * Returns a function that takes the frames off a container's log stream, chunk by chunk (Docker Engine API, "Attach to
 * a container": one octet of stream type, three of padding, four of length, the payload), and gives the payloads.
 */
export function frameReader (): (chunk: Buffer) => Buffer[] {
  let pending: Buffer = Buffer.alloc(0)
  let payloadLeft = 0
  return chunk => {
    const payloads: Buffer[] = []
    let data = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    while (data.length > 0) {
      if (payloadLeft === 0) {
        if (data.length < HEADER_BYTES) break
        payloadLeft = data.readUInt32BE(4)
        data = data.subarray(HEADER_BYTES)
      } else {
        const payload = data.subarray(0, payloadLeft)
        payloadLeft -= payload.length
        data = data.subarray(payload.length)
        payloads.push(payload)
      }
    }
    pending = data
    return payloads
  }
}

/** The text of a log of both streams in the order it was written, whole or as it comes. Destroying it ends the source. */
export function demultiplex (source: Readable | Buffer): Readable {
  const read = frameReader()
  const text = new Transform({
    transform (chunk: Buffer, _encoding, done) {
      for (const payload of read(chunk)) this.push(payload)
      done()
    }
  })
  if (Buffer.isBuffer(source)) {
    text.end(source)
    return text
  }
  source.on('error', err => text.destroy(err))
  text.on('close', () => source.destroy())
  return source.pipe(text)
}

/** The last lines of a whole log, each cut to a length that fits in an event. */
export function lastLines (log: Buffer, count: number): string[] {
  return Buffer.concat(frameReader()(log)).toString('utf8').split(/\r?\n/).filter(line => line !== '').slice(-count)
    .map(line => line.length > MAX_LINE_LENGTH ? line.slice(0, MAX_LINE_LENGTH) + '…' : line)
}
