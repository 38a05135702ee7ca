import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt } from '../../../deploy/command.ts'
import { freePort } from '../../world/ports.ts'
import { unpackPackages } from '../packages.ts'
import { startProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

/** As it comes: it keeps 32 idle connections to an origin, so that with more clients some are made anew each time. */
export const caddy = caddyWith('caddy', 'Caddy', '')
/** With as many as are measured. */
export const caddyTuned = caddyWith('caddy-tuned', 'Caddy, 1024 idle connections', 'transport http {\n      keepalive_idle_conns_per_host 1024\n    }')

function caddyWith (id: string, title: string, transport: string): Proxy {
  return { id, title, start: startWith(id, transport) }
}

function startWith (id: string, transport: string): Proxy['start'] {
  return async (t, scene) => {
    const { find, env } = await unpackPackages('caddy', ['caddy'])
    const file = find('usr/bin/caddy')
    const port = await freePort()
    const config = join(scene.folder, `${id}.Caddyfile`)
    await writeFile(config, `
{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy /echo 127.0.0.1:${scene.echoPort}
  reverse_proxy 127.0.0.1:${scene.originPort} {
    ${transport}
  }
}
`)
    const { stdout } = await attempt(file, ['version'], { env })
    return await startProxy(t, scene, { name: id, file, args: ['run', '--config', config, '--adapter', 'caddyfile'], env, port, version: stdout.trim().split(' ')[0] ?? 'unknown' })
  }
}
