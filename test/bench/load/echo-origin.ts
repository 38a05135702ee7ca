// A WebSocket server that sends every message back: `node echo-origin.ts PORT`. For messages of less than 126 bytes in one
// frame, which is all that echo-load.ts sends; as lean as that allows, so that the proxy between the two is what costs.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11' // RFC 6455 §1.3
const HEADER_BYTES = 6

const server = createServer((_request, response) => { response.writeHead(426).end() })
server.on('upgrade', ({ headers }, socket: Duplex) => {
  const accept = createHash('sha1').update(`${headers['sec-websocket-key'] ?? ''}${GUID}`).digest('base64')
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= HEADER_BYTES) {
      const length = (rest[1] as number) & 0x7f
      if (rest.length < HEADER_BYTES + length) break
      socket.write(answer(rest, length))
      rest = rest.subarray(HEADER_BYTES + length)
    }
  })
  socket.on('error', () => { socket.destroy() })
  socket.on('end', () => { socket.end() })
})
server.listen(Number(process.argv[2]), '127.0.0.1')

/** The same frame without the client's mask (RFC 6455 §5.3). */
function answer (frame: Buffer, length: number): Buffer {
  const out = Buffer.allocUnsafe(2 + length)
  out[0] = frame[0] as number
  out[1] = length
  for (let i = 0; i < length; i++) out[2 + i] = (frame[HEADER_BYTES + i] as number) ^ (frame[2 + i % 4] as number)
  return out
}
