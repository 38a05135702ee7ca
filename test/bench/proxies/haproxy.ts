import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt } from '../../../deploy/command.ts'
import { freePort } from '../../world/ports.ts'
import { unpackPackages } from '../packages.ts'
import { startProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

export const haproxy: Proxy = {
  id: 'haproxy',
  title: 'HAProxy',
  start: async (t, scene) => {
    const { find, env } = await unpackPackages('haproxy', ['haproxy'])
    const file = find('usr/sbin/haproxy')
    const port = await freePort()
    const config = join(scene.folder, 'haproxy.cfg')
    // The defaults of Debian's haproxy.cfg, but that the log goes to the standard output and not to a syslog.
    await writeFile(config, `
global
  maxconn 4096
  nbthread 1
  log stdout format raw daemon
defaults
  log global
  mode http
  option httplog
  option dontlognull
  timeout connect 5000
  timeout client 50000
  timeout server 50000
  timeout tunnel 1h
frontend public
  bind 127.0.0.1:${port}
  use_backend echo if { path /echo }
  default_backend origin
backend origin
  server origin 127.0.0.1:${scene.originPort}
backend echo
  server echo 127.0.0.1:${scene.echoPort}
`)
    const { stdout } = await attempt(file, ['-v'], { env })
    return await startProxy(t, scene, { name: 'haproxy', file, args: ['-db', '-f', config], env, port, version: /version (\S+?)-/.exec(stdout)?.[1] ?? 'unknown' })
  }
}
