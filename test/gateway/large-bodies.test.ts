// Memory for bodies is used again (part-buffers.ts): every byte still has to be the one that was sent, to the client that asked for it.
import t from 'tap'
import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { routeTo, setScene, startOrigin } from './scene.ts'

const BYTES = 3_000_000
const PIECES = [5000, 12_345, 16_384, 40_000, 65_536, 100_000, 200_000]
const AT_ONCE = 36
const WAVES = 3

/** The bytes from `start` of the body of a request: words that say whose they are, which request's, and where they belong. */
function bodyOf (tenant: number, request: number, start: number, length: number): Buffer {
  const first = Math.floor(start / 8)
  const words = Math.ceil(length / 8) + 1
  const bytes = Buffer.allocUnsafe(words * 8)
  for (let i = 0; i < words; i++) {
    bytes.writeUInt32LE(tenant << 24 | request, i * 8)
    bytes.writeUInt32LE(first + i, i * 8 + 4)
  }
  return bytes.subarray(start % 8, start % 8 + length)
}

t.test('bodies of two tenants, to clients that read, linger and leave', async t => {
  const scene = await setScene(t, 'bt-large-bodies')
  const hosts = ['one.example.com', 'two.example.com']
  for (const [tenant, host] of hosts.entries()) {
    const { port } = await startOrigin(t, (incoming, answer) => {
      const request = Number(incoming.url?.slice(1))
      if (request % 2 === 0) answer.setHeader('content-length', BYTES)
      let sent = 0
      const more = (): void => {
        while (sent < BYTES) {
          const length = Math.min(PIECES[(sent + request) % PIECES.length] as number, BYTES - sent)
          const piece = bodyOf(tenant, request, sent, length)
          sent += length
          if (!answer.write(piece)) return
        }
        answer.end()
      }
      answer.on('drain', more)
      more()
    })
    await scene.publish(host, routeTo(port))
  }

  /** Whether what came is the beginning of what was sent, and how much it was. */
  async function ask (tenant: number, request: number): Promise<{ right: boolean, bytes: number }> {
    const outgoing = get({ port: scene.gateway.port, path: `/${request}`, headers: { host: hosts[tenant] }, agent: false })
    const [incoming] = await once(outgoing, 'response') as [IncomingMessage]
    const manner = request % 3
    let bytes = 0
    let right = true
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      right &&= chunk.equals(bodyOf(tenant, request, bytes, chunk.length))
      bytes += chunk.length
      if (manner === 1 && bytes % 7 === 0) await delay(2)
      if (manner === 2 && bytes > BYTES / 3) break
    }
    return { right, bytes }
  }

  for (let wave = 0; wave < WAVES; wave++) {
    const asked = Array.from({ length: AT_ONCE }, (_, i) => ({ tenant: i % 2, request: wave * 1000 + Math.floor(i / 2) }))
    const came = await Promise.all(asked.map(async ({ tenant, request }) => await ask(tenant, request)))
    for (const [i, { right, bytes }] of came.entries()) {
      const { request } = asked[i] as { request: number }
      t.ok(right && (request % 3 === 2 ? bytes > BYTES / 3 : bytes === BYTES), `request ${request}: ${bytes} bytes`)
    }
  }
})
