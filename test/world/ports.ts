import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the range from which Linux takes the ports of outgoing connections, so that none of those gets in between. */
const FIRST = 20_000
const LAST = 32_000

/** A TCP port that nothing listens on, on any address of this machine. */
export async function freePort (): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST)
    if (await canListen(port)) return port
  }
}

function canListen (port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => { resolve(false) })
    server.listen(port, '0.0.0.0', () => server.close(() => { resolve(true) }))
  })
}
