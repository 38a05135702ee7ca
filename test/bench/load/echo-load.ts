// Sends a WebSocket message on each connection, waits for it to come back, and sends the next:
// `node echo-load.ts PORT HOST CONNECTIONS SECONDS`. Prints a report (report.ts).
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Numbers, printReport } from './report.ts'

const [port, host, connections, seconds] = process.argv.slice(2) as [string, string, string, string]
const PAYLOAD = Buffer.from('eighteen character')
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d])
const TEXT = 0x81
const SENT = Buffer.concat([Buffer.from([TEXT, 0x80 | PAYLOAD.length]), MASK, PAYLOAD.map((byte, i) => byte ^ (MASK[i % 4] as number))])
const RETURNED = Buffer.concat([Buffer.from([TEXT, PAYLOAD.length]), PAYLOAD])

const latencies = new Numbers()
const errors = { refused: 0, closed: 0, altered: 0 }
let bytes = 0
let running = true

async function open (): Promise<Socket> {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  socket.write(`GET /echo HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`)
  let head = ''
  while (!head.includes('\r\n\r\n') && !socket.destroyed) head += String((await Promise.race([once(socket, 'data'), once(socket, 'close')]))[0])
  if (!head.startsWith('HTTP/1.1 101')) errors.refused++
  return socket
}

function exchange (socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0)
  let sentAt = performance.now()
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    if (rest.length < RETURNED.length) return
    if (!rest.equals(RETURNED)) errors.altered++
    rest = Buffer.alloc(0)
    const now = performance.now()
    latencies.push(now - sentAt)
    if (!running) return
    sentAt = now
    socket.write(SENT)
  })
  socket.on('close', () => { if (running) errors.closed++ })
  socket.write(SENT)
}

const sockets = await Promise.all(Array.from({ length: Number(connections) }, open))
const began = performance.now()
for (const socket of sockets) exchange(socket)
await delay(Number(seconds) * 1000)
running = false
const took = (performance.now() - began) / 1000
printReport(latencies.values, { seconds: took, bytes, errors })
for (const socket of sockets) socket.destroy()
