// A body of any size passes through a gateway of a bounded size.
import { readFile } from 'node:fs/promises'
import { once } from 'node:events'
import t from 'tap'
import type { Test } from 'tap'
import { statusOf } from './message.ts'
import type { Message } from './message.ts'
import { setWire } from './wire.ts'

const MiB = 1024 * 1024
const SIZE = 1024 * MiB
const LIMIT = 128 * MiB
/** What traffic may add to what the process takes by itself. */
const GROWTH = 64 * MiB
const PIECE = Buffer.alloc(256 * 1024, 'x')
const LAST = Buffer.from(PIECE).fill('y', PIECE.length - 1)
const CHUNK = Buffer.concat([Buffer.from(`${PIECE.length.toString(16)}\r\n`), PIECE, Buffer.from('\r\n')])

t.test('a gateway of 128 MB and bodies of 1 GB', async t => {
  const wire = await setWire(t, { NODE_OPTIONS: '--max-old-space-size=64 --max-semi-space-size=4' })
  /** The most that it ever had in memory, as the kernel counted it: no poll could miss it. */
  const peakBytes = async () => Number(/^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${wire.gateway.pid}/status`, 'utf8'))?.[1]) * 1024

  const isBounded = async (t: Test) => {
    const peak = await peakBytes()
    t.ok(peak - idle < GROWTH, `${peak - idle} bytes more than before`)
    t.ok(peak < LIMIT, `${peak} bytes at most, ${idle} of them before`)
  }
  const idle = await peakBytes()

  for (const chunked of [false, true]) {
    const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${SIZE}`
    const piece = chunked ? CHUNK : PIECE
    const pieces = SIZE / PIECE.length

    await t.test(`down: ${framing}`, async t => {
      wire.tenant.answer = (_request, { socket }) => {
        socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`)
        write(socket, piece, pieces).then(() => { if (chunked) socket.write('0\r\n\r\n') }, () => {})
        return undefined
      }
      const client = await wire.client()
      client.socket.removeAllListeners('data')
      let bytes = 0
      let tail = ''
      client.socket.on('data', (data: Buffer) => {
        bytes += data.length
        tail = (tail + data.subarray(-8).toString('latin1')).slice(-8)
      })
      client.socket.on('end', () => { t.ok(bytes >= SIZE, `${bytes} bytes`) })
      client.send(wire.get(['Connection: close']))
      await once(client.socket, 'end')
      t.match(tail, chunked ? /0\r\n\r\n$/ : /^x{8}$/)
      await isBounded(t)
    })

    await t.test(`up: ${framing}`, async t => {
      let bytes = 0
      let tail = ''
      wire.tenant.bytes = (data, { socket }) => {
        bytes += data.length
        tail = (tail + data.subarray(-8).toString('latin1')).slice(-8)
        if (chunked ? tail.endsWith('0\r\n\r\n') : bytes > SIZE && tail.endsWith('xy')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      }
      const client = await wire.client()
      client.send(wire.get([framing, 'Connection: close'], 'PUT /up HTTP/1.1'))
      await write(client.socket, piece, pieces - 1)
      client.socket.write(chunked ? piece : LAST)
      if (chunked) client.send('0\r\n\r\n')
      const [answer] = await client.responses()
      wire.tenant.bytes = undefined
      t.equal(statusOf(answer as Message), 200)
      t.ok(bytes >= SIZE, `${bytes} bytes`)
      await isBounded(t)
    })
  }
})

/** Writes the same piece so many times, no faster than it is taken. */
async function write (socket: NodeJS.WritableStream, piece: Buffer, times: number): Promise<void> {
  for (let i = 0; i < times; i++) if (!socket.write(piece)) await once(socket, 'drain')
}
