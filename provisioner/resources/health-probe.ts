import { request } from 'node:http'

export type Health =
  | { healthy: true }
  /** `status` is null when nothing answered; `detail` is a sentence for the operator. */
  | { healthy: false, status: number | null, detail: string }

/**
 * Asks an instance for its health path and takes any 2xx for a yes. Never throws. A new connection each time: a probe
 * must see what a new client would see.
 */
export function probeHealth (target: { address: string, port: number, path: string, timeoutMs: number }): Promise<Health> {
  return new Promise(resolve => {
    const { address, port, path, timeoutMs } = target
    const unhealthy = (status: number | null, detail: string): void => { resolve({ healthy: false, status, detail }) }
    const req = request({
      host: address,
      port,
      path,
      agent: false,
      timeout: timeoutMs,
      headers: { 'user-agent': 'berth-health' },
      signal: AbortSignal.timeout(timeoutMs)
    }, res => {
      res.resume()
      res.on('error', () => {})
      const status = res.statusCode ?? 0
      if (status >= 200 && status < 300) resolve({ healthy: true })
      else unhealthy(status, `GET ${path} on port ${port} answered ${status}`)
      res.destroy()
    })
    req.on('error', err => {
      const code = 'code' in err ? String(err.code) : ''
      if (code === 'ECONNREFUSED') unhealthy(null, `nothing listens on port ${port}`)
      else if (err.name === 'AbortError' || err.name === 'TimeoutError') unhealthy(null, `GET ${path} on port ${port} did not answer within ${timeoutMs} ms`)
      else unhealthy(null, `GET ${path} on port ${port} failed (${code || err.message})`)
    })
    req.end()
  })
}
