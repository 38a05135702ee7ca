import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt } from '../../../deploy/command.ts'
import { freePort } from '../../world/ports.ts'
import { unpackPackages } from '../packages.ts'
import { startProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

export const caddy: Proxy = {
  id: 'caddy',
  title: 'Caddy',
  start: async (t, scene) => {
    const { find, env } = await unpackPackages('caddy', ['caddy'])
    const file = find('usr/bin/caddy')
    const port = await freePort()
    const config = join(scene.folder, 'Caddyfile')
    // It keeps 32 idle connections to an origin by default: half of those that are measured would be made anew each time.
    await writeFile(config, `
{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy /echo 127.0.0.1:${scene.echoPort}
  reverse_proxy 127.0.0.1:${scene.originPort} {
    transport http {
      keepalive_idle_conns_per_host 1024
    }
  }
}
`)
    const { stdout } = await attempt(file, ['version'], { env })
    return await startProxy(t, scene, { name: 'caddy', file, args: ['run', '--config', config, '--adapter', 'caddyfile'], env, port, version: stdout.trim().split(' ')[0] ?? 'unknown' })
  }
}
