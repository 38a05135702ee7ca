// Instances that misbehave, each on a port of its own: prints them as JSON, by what they do. Ends with its parent.
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

const PIECE = `4000\r\n${'x'.repeat(0x4000)}\r\n`
const PIECE_EVERY_MS = 100

const BEHAVIOURS: Record<string, (socket: Socket) => void> = {
  'never answers': () => {},
  'answers for ever': socket => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const writing = setInterval(() => { if (!socket.writableNeedDrain) socket.write(PIECE) }, PIECE_EVERY_MS)
      socket.on('close', () => { clearInterval(writing) })
    })
  },
  resets: socket => { socket.once('data', () => { socket.resetAndDestroy() }) },
  'closes at once': socket => { socket.destroy() }
}

const ports: Record<string, number> = {}
for (const [what, behave] of Object.entries(BEHAVIOURS)) {
  const server = createServer(socket => {
    socket.on('error', () => {})
    behave(socket)
    socket.resume()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  ports[what] = (server.address() as AddressInfo).port
}
process.on('disconnect', () => { process.exit(0) })
process.send?.(ports)
