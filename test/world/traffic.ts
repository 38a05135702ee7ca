import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Teardown } from './teardown.ts'
import { waitFor } from './wait-for.ts'

export interface TrafficOptions {
  port: number
  host: string
  /** Connections that are kept alive, each with one request after another. */
  connections: number
  /** WebSockets of /live, each opened again when it is closed. */
  sockets: number
  /** Between two requests of a connection. */
  paceMs?: number
}

export interface TrafficReport {
  requests: number
  /** What was not answered with 2xx, and how often. */
  failures: Record<string, number>
  /** Notes that were answered with 201. */
  posted: string[]
  /** The longest that anybody waited for an answer. */
  longestMs: number
  /** Close codes of WebSockets that the other side closed, and how often. */
  closeCodes: Record<number, number>
  socketFailures: Record<string, number>
}

export interface Traffic {
  report: () => TrafficReport
  /** Ends it, and resolves when every answer is there. */
  stop: () => Promise<TrafficReport>
}

const REQUEST_TIMEOUT_MS = 30_000
const SHOWN = 300
/** Every so many requests of a connection a note is written. */
const POST_EVERY = 6

/** Users of one tenant of the sample application: they read, write notes and keep pages open. Resolves when all are there. */
export async function startTraffic (t: Teardown, options: TrafficOptions): Promise<Traffic> {
  const { connections, sockets, paceMs = 40 } = options
  const report: TrafficReport = { requests: 0, failures: {}, posted: [], longestMs: 0, closeCodes: {}, socketFailures: {} }
  const open = new Set<WebSocket>()
  const stopping = new AbortController()
  const isOver = (): boolean => stopping.signal.aborted
  const count = <K extends string | number>(counts: Record<K, number>, key: K): void => { counts[key] = ((counts[key] as number | undefined) ?? 0) + 1 }

  async function user (): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let i = Math.floor(Math.random() * POST_EVERY); !isOver(); i++) {
      const text = i % POST_EVERY === 0 ? randomUUID() : null
      const began = performance.now()
      const outcome = await ask(options, agent, text).catch((err: Error) => err.message)
      report.requests++
      report.longestMs = Math.max(report.longestMs, performance.now() - began)
      if (outcome !== null) count(report.failures, `${text === null ? 'GET' : 'POST'}: ${outcome}`)
      else if (text !== null) report.posted.push(text)
      await pause(paceMs)
    }
    agent.destroy()
  }

  function keepOpen (): void {
    if (isOver()) return
    const socket = new WebSocket(`ws://127.0.0.1:${options.port}/live`, { headers: { host: options.host } })
    socket.on('open', () => open.add(socket))
    socket.on('error', err => { if (!isOver()) count(report.socketFailures, err.message) })
    socket.on('close', code => {
      open.delete(socket)
      if (isOver()) return
      count(report.closeCodes, code)
      keepOpen()
    })
  }

  for (let i = 0; i < sockets; i++) keepOpen()
  await waitFor('the WebSockets to be open', () => open.size === sockets)
  const users = Array.from({ length: connections }, user)
  const stop = async (): Promise<TrafficReport> => {
    stopping.abort()
    await Promise.all(users)
    for (const socket of open) socket.terminate()
    return report
  }
  t.teardown(stop)
  return { report: () => report, stop }
}

/** Resolves with null for an answer of 2xx, and else with how it begins. */
function ask ({ port, host }: TrafficOptions, agent: Agent, text: string | null): Promise<string | null> {
  const body = text === null ? undefined : JSON.stringify({ text })
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      agent,
      method: body === undefined ? 'GET' : 'POST',
      path: body === undefined ? '/api/whoami' : '/api/notes',
      timeout: REQUEST_TIMEOUT_MS,
      headers: { host, ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }) }
    }, incoming => {
      incoming.on('error', reject)
      const status = incoming.statusCode as number
      let begins = ''
      incoming.on('data', (chunk: Buffer) => { if (begins.length < SHOWN) begins += String(chunk).slice(0, SHOWN) })
      incoming.on('end', () => { resolve(status >= 200 && status < 300 ? null : `${status} ${begins.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')}`) })
    })
    outgoing.on('timeout', () => { outgoing.destroy(new Error(`no answer in ${REQUEST_TIMEOUT_MS} ms`)) })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
