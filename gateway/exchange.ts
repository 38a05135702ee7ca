import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClientConnection } from './client-connection.ts'
import type { ProblemCode } from './errors.ts'
import { randomId } from './random-ids.ts'
import { readTarget } from './request-target.ts'
import type { Route } from './route-record.ts'

/** One request and what the gateway finds out about it on the way; each stage fills in its own part. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** A WebSocket handshake: its socket is no longer Node's HTTP parser's. */
  readonly upgrade: boolean
  readonly id: string
  /** As of performance.now(). */
  readonly startedAt: number
  /** Address of the other end of the connection. */
  readonly peer: string
  /** The peer is a proxy whose X-Forwarded-* count. */
  readonly peerTrusted: boolean
  /** As the client sent it; empty when the request does not name one host. */
  readonly host: string
  readonly path: string
  /** resolve-route.ts: the host in canonical form, and where it leads. */
  hostname: string
  route: Route | null
  /** request-body.ts: the client, who asked, has been told to send the body. */
  continued: boolean
  /** relay.ts: when the tenant's answer began, 0 before. */
  answeredAt: number
  /** relay.ts: bytes of the bodies of the request and of its answer that were passed on; tunnel.ts: those of a WebSocket. */
  bytesReceived: number
  bytesSent: number
  /** relay.ts: the tenant broke off in the middle of its answer. */
  cutByTenant: boolean
  /** error-response.ts: what the gateway answered with instead of the tenant. */
  problem: ProblemCode | null
  /** Whoever works for the client hears here that it is gone. */
  onClientGone: (() => void) | null
}

/** What a request ID of somebody else may look like before it is passed on and logged. */
const REQUEST_ID = /^[\w.:;=+/@~-]{1,128}$/

export function beginExchange (request: IncomingMessage, response: ServerResponse, client: Pick<ClientConnection, 'peer' | 'peerTrusted'>, upgrade: boolean): Exchange {
  const { peer, peerTrusted } = client
  const url = request.url ?? ''
  const target = readTarget(request, url)
  return {
    request,
    response,
    upgrade,
    id: (peerTrusted && validRequestId(request.headers['x-request-id'])) || randomId(),
    startedAt: performance.now(),
    peer,
    peerTrusted,
    host: target?.host ?? '',
    path: target?.path ?? url,
    hostname: '',
    route: null,
    continued: false,
    answeredAt: 0,
    bytesReceived: 0,
    bytesSent: 0,
    cutByTenant: false,
    problem: null,
    onClientGone: null
  }
}

function validRequestId (id: string | string[] | undefined): string | undefined {
  return typeof id === 'string' && REQUEST_ID.test(id) ? id : undefined
}
