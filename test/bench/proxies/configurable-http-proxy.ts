import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../world/ports.ts'
import { request } from '../../world/http.ts'
import { startProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

const FOLDER = new URL('../../../node_modules/configurable-http-proxy/', import.meta.url)

export const configurableHttpProxy: Proxy = {
  id: 'chp',
  title: 'configurable-http-proxy',
  start: async (t, scene) => {
    const [port, apiPort] = [await freePort(), await freePort()]
    const { version } = JSON.parse(readFileSync(new URL('package.json', FOLDER), 'utf8')) as { version: string }
    const running = await startProxy(t, scene, {
      name: 'configurable-http-proxy',
      file: process.execPath,
      args: [
        fileURLToPath(new URL('bin/configurable-http-proxy', FOLDER)), '--ip', '127.0.0.1', '--port', String(port), '--api-ip', '127.0.0.1', '--api-port', String(apiPort),
        '--default-target', `http://127.0.0.1:${scene.originPort}`
      ],
      // Without a token it warns that anybody may change its routes; nobody but this machine reaches it here.
      env: { CONFIGPROXY_AUTH_TOKEN: 'bench' },
      port,
      version
    })
    const { status } = await request({
      port: apiPort, method: 'POST', path: '/api/routes/echo', headers: { authorization: 'token bench' }, body: { target: `http://127.0.0.1:${scene.echoPort}` }
    })
    if (status !== 201) throw new Error(`configurable-http-proxy did not take a route: ${status}`)
    return running
  }
}
