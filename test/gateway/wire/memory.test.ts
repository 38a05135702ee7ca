// A body of any size passes through a gateway of a bounded size.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
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
const CHUNK = Buffer.concat([Buffer.from(`${PIECE.length.toString(16)}\r\n`), PIECE, Buffer.from('\r\n')])
const END = '0\r\n\r\n'

t.test('a gateway of 128 MB and bodies of 1 GB', async t => {
  const wire = await setWire(t, { NODE_OPTIONS: '--max-old-space-size=64 --max-semi-space-size=4' })
  /**
   * The most that it ever had in memory, as the kernel counted it (no poll could miss it), less what is mapped from files: Node's own
   * program, which all processes share and the kernel can drop (proc_pid_status(5)).
   */
  const peakBytes = async () => {
    const status = await readFile(`/proc/${wire.gateway.pid}/status`, 'utf8')
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
    return field('VmHWM') - field('RssFile')
  }
  const idle = await peakBytes()
  const isBounded = async (t: Test) => {
    const peak = await peakBytes()
    t.ok(peak - idle < GROWTH, `${peak - idle} bytes more than before`)
    t.ok(peak < LIMIT, `${peak} bytes at most, ${idle} of them before`)
  }

  await t.test('down', async t => {
    wire.tenant.answer = (_request, { socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      write(socket).then(() => { socket.write(END) }, () => {})
      return undefined
    }
    const client = await wire.client()
    client.socket.removeAllListeners('data')
    const seen = count()
    client.socket.on('data', seen.add)
    client.send(wire.get(['Connection: close']))
    await once(client.socket, 'end')
    t.ok(seen.bytes() >= SIZE, `${seen.bytes()} bytes`)
    t.ok(seen.ended(), 'with its end')
    await isBounded(t)
  })

  await t.test('up', async t => {
    const seen = count()
    wire.tenant.bytes = (data, { socket }) => {
      seen.add(data)
      if (seen.ended()) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    }
    const client = await wire.client()
    client.send(wire.get(['Transfer-Encoding: chunked'], 'PUT /up HTTP/1.1'))
    await write(client.socket)
    client.send(END)
    const [answer] = await client.responses()
    t.equal(statusOf(answer as Message), 200)
    t.ok(seen.bytes() >= SIZE, `${seen.bytes()} bytes`)
    await isBounded(t)
  })
})

/** Writes SIZE bytes in chunks, no faster than they are taken. */
async function write (socket: NodeJS.WritableStream): Promise<void> {
  for (let written = 0; written < SIZE; written += PIECE.length) if (!socket.write(CHUNK)) await once(socket, 'drain')
}

function count () {
  let bytes = 0
  let tail = ''
  return {
    bytes: () => bytes,
    ended: () => tail.endsWith(`\r\n${END}`),
    add: (data: Buffer) => {
      bytes += data.length
      tail = (tail + data.subarray(-8).toString('latin1')).slice(-8)
    }
  }
}
