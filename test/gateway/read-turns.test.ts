// A tenant that sends faster than anybody reads: what one connection may take of a turn of the event loop, and what may lie behind a read that left no room.
import t from 'tap'
import type { Test } from 'tap'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { MAX_PART_BYTES } from '../../gateway/part-buffers.ts'
import { UpstreamConnection } from '../../gateway/upstream-connection.ts'
import type { UpstreamHandler } from '../../gateway/upstream-connection.ts'
import { waitFor } from '../world/wait-for.ts'

const BODY_BYTES = 32 * 1024 * 1024
const HEAD_BYTES = 200
const waits = { connect: 1e9, request: 1e9, response: 1e9, body: 1e9, client: 1e9 }

/** A tenant on a thread of its own: it fills the socket while the test's loop is busy, and says in `said` how many answers it has written. */
const TENANT = `
const { parentPort, workerData: { said, bodyBytes, headBytes, readBytes } } = require('node:worker_threads')
const PIECE = Buffer.from('4000\\r\\n' + 'x'.repeat(0x4000) + '\\r\\n')
const head = (length, pad) => {
  const text = 'HTTP/1.1 200 OK\\r\\nContent-Length: ' + length + '\\r\\nX-Pad: '
  return text + 'p'.repeat(pad - text.length - 4) + '\\r\\n\\r\\n'
}
const ANSWERS = {
  '/chunks': Buffer.concat([Buffer.from('HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n'), ...Array(bodyBytes / 0x4000).fill(PIECE), Buffer.from('0\\r\\n\\r\\n')]),
  '/length': Buffer.from(head(bodyBytes, headBytes) + 'x'.repeat(bodyBytes)),
  '/exact': Buffer.from(head(readBytes - headBytes, headBytes) + 'x'.repeat(readBytes - headBytes) + head(8, headBytes) + 'POISONED'),
  '/next': Buffer.from(head(4, headBytes) + 'good')
}
require('node:net').createServer(socket => {
  socket.on('error', () => {}).on('data', data => socket.write(ANSWERS[String(data).split(' ')[1]], () => {
    Atomics.add(said, 0, 1)
    Atomics.notify(said, 0)
  }))
}).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port) })`

async function startTenant (t: Test): Promise<{ port: number, said: Int32Array }> {
  const said = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(TENANT, { eval: true, workerData: { said, bodyBytes: BODY_BYTES, headBytes: HEAD_BYTES, readBytes: MAX_PART_BYTES } })
  t.teardown(async () => { await worker.terminate() })
  const [port] = await once(worker, 'message') as [number]
  return { port, said }
}

function ask (connection: UpstreamConnection, path: string, parts: Partial<UpstreamHandler>): void {
  const nothing = (): void => {}
  connection.send('GET', `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`, false, { onHead: nothing, onBody: nothing, onEnd: nothing, onError: nothing, onConnect: nothing, onPause: nothing, onDrain: nothing, onUpgrade: nothing, ...parts })
}

t.test('no more than one read of a connection in a turn', async t => {
  const { port } = await startTenant(t)
  for (const path of ['/chunks', '/length']) {
    const connection = new UpstreamConnection('127.0.0.1', port, { now: 0, waits, released: () => {}, closed: () => {} }, false)
    let [turn, most, turns, bytes, over] = [0, 0, 0, 0, false]
    const count = (): void => {
      if (turn > 0) turns++
      most = Math.max(most, turn)
      turn = 0
      if (!over) setImmediate(count)
    }
    ask(connection, path, {
      onBody: (_bytes, start, end) => {
        bytes += end - start
        turn += end - start
        // As for a client whose socket is full, and takes all of it at once.
        connection.pause()
        process.nextTick(() => { connection.resume() })
      },
      onEnd: () => { over = true },
      onError: () => { over = true }
    })
    setImmediate(count)
    await waitFor('all of it', () => over)
    t.equal(bytes, BODY_BYTES, path)
    t.ok(most <= MAX_PART_BYTES && turns >= BODY_BYTES / MAX_PART_BYTES, `${path}: ${most} bytes at most, in ${turns} turns`)
    connection.abort()
  }
})

t.test('what lies behind an answer is never the next one', async t => {
  const { port, said } = await startTenant(t)
  for (let i = 0; i < 10; i++) {
    const next: string[] = []
    let gone = false
    const keeper = {
      now: 0,
      waits,
      // Somebody waits for a connection: the next request is on its way before anything else is read.
      released: (free: UpstreamConnection): void => { if (asked) ask(free, '/next', { onBody: (bytes, start, end) => { next.push(bytes.toString('latin1', start, end)) } }) },
      closed: (): void => { gone = true }
    }
    let [asked, warm] = [false, false]
    const connection = new UpstreamConnection('127.0.0.1', port, keeper, false)
    // Its window is as large as it gets then.
    ask(connection, '/length', { onEnd: () => { warm = true } })
    await waitFor('the first answer', () => warm)
    const before = Atomics.load(said, 0)
    ask(connection, '/exact', {})
    asked = true
    // All of it is there before the first of it is read.
    t.not(Atomics.wait(said, 0, before, 5000), 'timed-out')
    await waitFor('the connection to be given up', () => gone)
    t.strictSame(next, [])
  }
})
