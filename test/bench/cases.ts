/** What is sent in one measurement. */
export type Load =
  | { kind: 'closed', path: string, bodyBytes: number, connections: number, keepAlive: boolean }
  | { kind: 'echo', connections: number }
  /** At a rate that does not wait for answers: this share of the most that the gateway answers. */
  | { kind: 'rate', share: number, connections: number }

export interface Case {
  readonly id: string
  readonly title: string
  readonly load: Load
  /** Rounds for each that others have: where waiting times of single rounds differ most. */
  readonly turns?: number
  /** Who is measured; all when it is not said. */
  readonly only?: readonly string[]
}

export const SMALL_BODY = 'eighteen character'
const MEDIUM_BYTES = 10_000
const LARGE_BYTES = 1_000_000

/** Files of the origin, by path. */
export const FILES = new Map([['/medium', MEDIUM_BYTES], ['/large', LARGE_BYTES]])

const closed = (path: string, bodyBytes: number, connections: number, keepAlive = true): Load => ({ kind: 'closed', path, bodyBytes, connections, keepAlive })

export const CASES: readonly Case[] = [
  { id: 'small', title: '18 B, 64 connections', load: closed('/', SMALL_BODY.length, 64) },
  { id: 'many', title: '18 B, 512 connections', load: closed('/', SMALL_BODY.length, 512) },
  { id: 'close', title: '18 B, 64 at once, a connection each', load: closed('/', SMALL_BODY.length, 64, false) },
  { id: 'medium', title: '10 kB, 64 connections', load: closed('/medium', MEDIUM_BYTES, 64) },
  { id: 'large', title: '1 MB, 64 connections', load: closed('/large', LARGE_BYTES, 64) },
  { id: 'echo', title: 'WebSocket echo, 18 B, 64 connections', load: { kind: 'echo', connections: 64 } },
  // Not @fastify/http-proxy: this is more than it answers.
  { id: 'half', title: '18 B at half of the gateway\'s most', load: { kind: 'rate', share: 0.5, connections: 64 }, turns: 3, only: ['ours', 'lua', 'nginx', 'direct'] }
]
