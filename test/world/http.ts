import { request as send } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'

export interface RequestOptions {
  port: number
  /** The Host header; the connection goes to `address`, 127.0.0.1 unless named. */
  host?: string
  address?: string
  method?: string
  path?: string
  headers?: Readonly<Record<string, string | string[]>>
  /** A string or buffer is sent as it is; anything else as JSON with its content type. */
  body?: unknown
  timeoutMs?: number
}

export interface Response {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The body, parsed. The shape is the caller's claim. */
  json: <T = unknown>() => T
}

/** One HTTP/1.1 request on a connection of its own. Redirects and statuses are the caller's to judge. */
export function request (options: RequestOptions): Promise<Response> {
  const { port, address = '127.0.0.1', method = 'GET', path = '/', body, timeoutMs = 30_000 } = options
  const raw = typeof body === 'string' || Buffer.isBuffer(body)
  const payload = body === undefined || raw ? body as string | Buffer | undefined : JSON.stringify(body)
  const headers: Record<string, string | string[]> = {
    host: options.host ?? `${address}:${port}`,
    ...(payload === undefined ? {} : { 'content-length': String(Buffer.byteLength(payload)) }),
    ...(payload === undefined || raw ? {} : { 'content-type': 'application/json' }),
    ...options.headers
  }
  return new Promise((resolve, reject) => {
    const outgoing = send({ host: address, port, method, path, headers, agent: false, timeout: timeoutMs }, incoming => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: incoming.statusCode as number, headers: incoming.headers, text, json: <T>() => JSON.parse(text) as T })
      })
    })
    outgoing.on('timeout', () => { outgoing.destroy(new Error(`${method} ${path} took more than ${timeoutMs} ms`)) })
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}
