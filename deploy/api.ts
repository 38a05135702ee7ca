import { setTimeout as delay } from 'node:timers/promises'
import type { Settings } from './settings.ts'

export interface Answer<Body> {
  status: number
  body: Body
}

/** RFC 9457, as far as it is shown to people. */
interface Problem {
  title?: string
  detail?: string
  code?: string
}

/** A call that was answered with a status its caller does not expect. */
export class ApiRefusal extends Error {
  constructor (call: string, answer: Answer<unknown>) {
    const problem = answer.body as Problem | undefined
    super(`${call} was answered ${answer.status}: ${problem?.detail ?? problem?.title ?? problem?.code ?? 'no reason given'}`)
    this.name = 'ApiRefusal'
  }
}

/** Where a client on this machine reaches a service that may listen on every address. */
export function localUrl (host: string, port: string): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/** One call of the REST API with this installation's token. Repeats while nothing listens yet, for a few seconds. */
export async function callApi<Body> (
  settings: Settings, method: string, path: string, options: { body?: unknown, headers?: Record<string, string> } = {}
): Promise<Answer<Body>> {
  const url = `${localUrl(settings.BERTH_API_HOST, settings.BERTH_API_PORT)}${path}`
  const request: RequestInit = {
    method,
    headers: {
      authorization: `Bearer ${settings.BERTH_ADMIN_TOKEN}`,
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) })
  }
  for (let left = 20; ; left--) {
    try {
      const response = await fetch(url, request)
      const text = await response.text()
      return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Body }
    } catch (cause) {
      if (left === 0 || !isRefused(cause)) throw new Error(`${method} ${url} failed: ${(cause as Error).message}`, { cause })
      await delay(250)
    }
  }
}

function isRefused (error: unknown): boolean {
  return ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED'
}
