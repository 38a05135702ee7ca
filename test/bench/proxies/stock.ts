import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../world/ports.ts'
import { startProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

const MAIN = fileURLToPath(new URL('stock-main.ts', import.meta.url))
const PACKAGE = new URL('../../../node_modules/@fastify/http-proxy/package.json', import.meta.url)

export const stock: Proxy = {
  id: 'stock',
  title: '@fastify/http-proxy',
  unfit: new Map([['close', 'it passes the origin\'s "Connection: keep-alive" on to a client whose connection it closes']]),
  start: async (t, scene) => {
    const port = await freePort()
    const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }
    return await startProxy(t, scene, {
      name: 'stock',
      file: process.execPath,
      args: [MAIN, String(port), `http://127.0.0.1:${scene.originPort}`, `http://127.0.0.1:${scene.echoPort}`],
      port,
      version
    })
  }
}
