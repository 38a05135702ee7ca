// Clients that a gateway could do without: `node flood.ts PORT HOST KIND`, until it is killed. Says "flooding" when all are there.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

type Kind = 'requests' | 'slow-heads' | 'slow-readers' | 'idle' | 'large-heads'

const [port, host, kind] = process.argv.slice(2) as [string, string, Kind]
const CLIENTS: Record<Kind, number> = { requests: 150, 'slow-heads': 1000, 'slow-readers': 150, idle: 10_000, 'large-heads': 100 }
const AT_ONCE = 50
/** One that was refused, or cut off, tries again after this: impatient, not without end, and not in step with the others. */
const againMs = (): number => 50 + Math.random() * 100
const REQUEST = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`
const LARGE_HEAD = `GET / HTTP/1.1\r\nHost: ${host}\r\n${`X-Flood: ${'x'.repeat(1000)}\r\n`.repeat(64)}\r\n`

const ACTS: Record<Kind, (socket: Socket) => void> = {
  requests: socket => {
    const ask = (): void => { if (socket.writable) socket.write(REQUEST) }
    socket.on('data', (data: Buffer) => { if (/^HTTP\/1\.1 (?!200)/.test(data.toString('latin1', 0, 20))) setTimeout(ask, againMs()).unref() })
    ask()
  },
  'slow-heads': socket => {
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n`)
    const writing = setInterval(() => { if (socket.writable) socket.write('X: 1\r\n') }, 1000)
    socket.on('close', () => { clearInterval(writing) })
  },
  'slow-readers': socket => {
    socket.write(REQUEST)
    socket.pause()
  },
  idle: () => {},
  'large-heads': socket => {
    socket.write(LARGE_HEAD)
    socket.resume()
  }
}

async function open (): Promise<void> {
  const socket = connect({ port: Number(port), host: '127.0.0.1' })
  socket.on('error', () => {})
  socket.on('close', () => { setTimeout(() => { open().catch(() => {}) }, againMs()) })
  await Promise.race([once(socket, 'connect'), once(socket, 'close')])
  ACTS[kind](socket)
}

for (let i = 0; i < CLIENTS[kind]; i += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, CLIENTS[kind] - i) }, open))
  await delay(1)
}
process.on('disconnect', () => { process.exit(0) })
process.send?.('flooding')
