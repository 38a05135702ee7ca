// Sends requests at a rate, whether or not the earlier ones are answered: `node rate-load.ts PORT HOST CONNECTIONS SECONDS RATE`.
// Prints a report (report.ts).
//
// Arrivals are a Poisson process. A request's latency counts from the moment it was due, not from when a connection was free
// or this process came to send it, so that a proxy that stalls is charged for every request that the stall kept waiting
// (coordinated omission). Between arrivals the process sleeps without the event loop, whose timers know whole milliseconds only.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Numbers, printReport } from './report.ts'

const [port, host, connections, seconds, rate] = process.argv.slice(2) as [string, string, string, string, string]
const REQUEST = Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
/** The longest sleep, which is also how late an answer may be noticed. */
const NAP_MS = 0.05
/** How long the last answers may take. */
const GRACE_MS = 2000
const CONNECT_AT_ONCE = 64

interface Connection {
  readonly socket: Socket
  state: 'free' | 'busy' | 'closing'
  dueAt: number
  text: string
}

const latencies = new Numbers()
const errors = { status: 0, closed: 0, unanswered: 0 }
let bytes = 0
let underWay = 0
let done = false
const free: Connection[] = []
const waiting: number[] = []

async function open (): Promise<void> {
  const connection: Connection = { socket: connect({ port: Number(port), host: '127.0.0.1', noDelay: true }), state: 'free', dueAt: 0, text: '' }
  const { socket } = connection
  await once(socket, 'connect')
  socket.on('data', (chunk: Buffer) => { receive(connection, chunk) })
  socket.on('error', () => {})
  socket.on('close', () => { if (!done) replace(connection) })
  offer(connection)
}

/** A server may close a connection that has had its share of requests, but not with one under way. */
function replace (connection: Connection): void {
  if (connection.state === 'free') free.splice(free.indexOf(connection), 1)
  if (connection.state === 'busy') {
    errors.closed++
    underWay--
  }
  open().catch(() => { errors.closed++ })
}

function receive (connection: Connection, chunk: Buffer): void {
  bytes += chunk.length
  connection.text += chunk.toString('latin1')
  if (!complete(connection.text)) return
  latencies.push(performance.now() - connection.dueAt)
  if (!connection.text.startsWith('HTTP/1.1 200')) errors.status++
  underWay--
  connection.state = /^connection: close/im.test(connection.text) ? 'closing' : 'free'
  connection.text = ''
  if (connection.state === 'free') offer(connection)
}

function offer (connection: Connection): void {
  const next = waiting.shift()
  if (next === undefined) free.push(connection)
  else send(connection, next)
}

function complete (text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /^content-length: (\d+)/im.exec(text)?.[1]
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length - end - 4 >= Number(length)
}

function send (connection: Connection, dueAt: number): void {
  underWay++
  connection.state = 'busy'
  connection.dueAt = dueAt
  connection.socket.write(REQUEST)
}

const sleeping = new Int32Array(new SharedArrayBuffer(4))
const between = (): number => -Math.log(1 - Math.random()) / Number(rate) * 1000

for (let i = 0; i < Number(connections); i += CONNECT_AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(CONNECT_AT_ONCE, Number(connections) - i) }, open))
}
const began = performance.now()
const end = began + Number(seconds) * 1000
let due = began + between()

function turn (): void {
  const now = performance.now()
  for (; due <= now && due < end; due += between()) {
    const connection = free.pop()
    if (connection === undefined) waiting.push(due)
    else send(connection, due)
  }
  if (now >= end && ((underWay === 0 && waiting.length === 0) || now >= end + GRACE_MS)) {
    finish()
    return
  }
  const nap = Math.min(due - performance.now(), NAP_MS)
  if (nap > 0.005) Atomics.wait(sleeping, 0, 0, nap)
  setImmediate(turn)
}

function finish (): void {
  done = true
  errors.unanswered = underWay + waiting.length
  printReport(latencies.values, { seconds: Number(seconds), bytes, errors })
  process.exit(0)
}

turn()
