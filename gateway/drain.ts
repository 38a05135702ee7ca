import type { FastifyInstance } from 'fastify'
import { closeAllLingering } from './lingering-close.ts'
import type { Tunnels } from './tunnel.ts'

/** How often connections that have become idle are closed: Node does it once, at the beginning. */
const IDLE_CHECK_MS = 50

/**
 * Stops a server: no new connections, the requests under way are answered, WebSockets are told to go (they would never
 * end by themselves, and their clients know how to come back). After `timeoutMs` what is left is cut.
 * Resolves true when nothing had to be.
 */
export async function drain (app: FastifyInstance, tunnels: Tunnels, timeoutMs: number): Promise<boolean> {
  let clean = true
  const idle = setInterval(() => {
    app.server.closeIdleConnections()
    closeAllLingering()
  }, IDLE_CHECK_MS)
  const deadline = setTimeout(() => {
    clean = false
    app.server.closeAllConnections()
    tunnels.destroy()
  }, timeoutMs)
  try {
    tunnels.close()
    await app.close()
  } finally {
    clearInterval(idle)
    clearTimeout(deadline)
  }
  return clean
}
