import { once } from 'node:events'
import { request as send } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Route } from '../../gateway/route-record.ts'
import { routeTo } from './scene.ts'
import type { Scene } from './scene.ts'

export interface Client {
  /** A host that nobody has asked for yet is routed from the moment on that its route is written. */
  live: (host: string, port: number, parts?: Partial<Route>) => Promise<Route & { state: 'active' }>
  /** A request that the test writes itself. */
  open: (host: string, options?: { method?: string, path?: string, headers?: Record<string, string>, localAddress?: string }) => ClientRequest
  responseOf: (outgoing: ClientRequest) => Promise<IncomingMessage>
  /** Writes bytes as they are and gives what comes back until the other side closes. */
  speak: (bytes: string) => Promise<string>
}

/** A client of a scene's gateway that is close to the wire. */
export function clientOf ({ gateway, publish }: Scene): Client {
  return {
    live: async (host, port, parts = {}) => {
      const route = routeTo(port, parts)
      await publish(host, route)
      return route
    },
    open: (host, options = {}) => send({ host: '127.0.0.1', port: gateway.port, agent: false, ...options, headers: { host, ...options.headers } }),
    responseOf: async outgoing => (await once(outgoing, 'response'))[0] as IncomingMessage,
    speak: async bytes => {
      const socket = connect(gateway.port, '127.0.0.1')
      socket.write(bytes, 'latin1')
      return await text(socket)
    }
  }
}
