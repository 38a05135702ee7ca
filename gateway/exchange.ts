import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { onRequestHookHandler } from 'fastify'
import type { ProblemCode } from './errors.ts'
import type { Route } from './route-record.ts'
import { readTarget } from './request-target.ts'
import { plainAddress } from './trusted-proxies.ts'
import type { IsTrusted } from './trusted-proxies.ts'

/** One request and what the gateway finds out about it on the way; each stage fills in its own part. */
export interface Exchange {
  readonly id: string
  readonly startedAt: number
  /** Address of the other end of the connection. */
  readonly peer: string
  /** The peer is a proxy whose X-Forwarded-* count. */
  readonly peerTrusted: boolean
  /** As the client sent them; empty when the request does not name one host. */
  readonly host: string
  readonly path: string
  /** resolve-route.ts */
  route: Route | null
  /** relay.ts: when the tenant's answer began, 0 before. */
  answeredAt: number
  /** relay.ts: bytes of the bodies of the request and of its answer that were passed on. */
  bytesReceived: number
  bytesSent: number
  /** relay.ts: the tenant broke off in the middle of its answer. */
  cutByTenant: boolean
  /** error-response.ts: what the gateway answered with instead of the tenant. */
  problem: ProblemCode | null
}

declare module 'fastify' {
  interface FastifyRequest {
    exchange: Exchange
  }
}

/** What is read of a request here. */
type Head = Pick<IncomingMessage, 'headers' | 'rawHeaders'> & { socket: Pick<IncomingMessage['socket'], 'remoteAddress'> }

/** What a request ID of somebody else may look like before it is passed on and logged. */
const REQUEST_ID = /^[\w.:;=+/@~-]{1,128}$/

/** The first stage of every request. */
export function beginExchanges (isTrusted: IsTrusted): onRequestHookHandler {
  return (request, _reply, done) => {
    request.exchange = beginExchange(request.raw, request.originalUrl, isTrusted)
    done()
  }
}

export function beginExchange (request: Head, url: string, isTrusted: IsTrusted): Exchange {
  const peer = plainAddress(request.socket.remoteAddress ?? '')
  const peerTrusted = isTrusted(peer)
  const target = readTarget(request, url)
  return {
    id: (peerTrusted && validRequestId(request.headers['x-request-id'])) || randomUUID(),
    startedAt: performance.now(),
    peer,
    peerTrusted,
    host: target?.host ?? '',
    path: target?.path ?? url,
    route: null,
    answeredAt: 0,
    bytesReceived: 0,
    bytesSent: 0,
    cutByTenant: false,
    problem: null
  }
}

function validRequestId (id: string | string[] | undefined): string | undefined {
  return typeof id === 'string' && REQUEST_ID.test(id) ? id : undefined
}
