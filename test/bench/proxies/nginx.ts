import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt } from '../../../deploy/command.ts'
import type { Teardown } from '../../world/teardown.ts'
import { freePort } from '../../world/ports.ts'
import { unpackPackages } from '../packages.ts'
import type { Tree } from '../packages.ts'
import { startProxy } from './proxy.ts'
import type { Proxy, RunningProxy, Scene } from './proxy.ts'

export const nginx: Proxy = {
  id: 'nginx',
  title: 'nginx',
  start: async (t, scene) => {
    const port = await freePort()
    return await startNginx(t, scene, await unpackPackages('nginx', ['nginx']), {
      name: 'nginx',
      port,
      http: `
  upstream origin { server 127.0.0.1:${scene.originPort}; keepalive 128; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      ${FORWARDED}
    }
    location /echo {
      proxy_pass http://127.0.0.1:${scene.echoPort};
      proxy_http_version 1.1;
      proxy_set_header Connection upgrade;
      proxy_set_header Upgrade $http_upgrade;
      ${FORWARDED}
    }
  }`
    })
  }
}

export const FORWARDED = `proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;`

export interface NginxConfig {
  name: string
  port: number
  main?: string
  http: string
}

/** nginx with one worker and what Debian's nginx.conf has, its access log among it. */
export async function startNginx (t: Teardown, scene: Scene, { find, env }: Tree, { name, port, main = '', http }: NginxConfig): Promise<RunningProxy> {
  const file = find('usr/sbin/nginx')
  const folder = join(scene.folder, name)
  await mkdir(folder)
  const config = join(folder, 'nginx.conf')
  await writeFile(config, `
daemon off;
worker_processes 1;
user ${process.env.USER ?? 'root'};
pid ${folder}/pid;
error_log stderr;
${main}
events { worker_connections 4096; }
http {
  sendfile on;
  tcp_nopush on;
  types_hash_max_size 2048;
  access_log ${scene.folder}/${name}.access.log;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  ${http}
}
`)
  const { stderr } = await attempt(file, ['-v'], { env })
  return await startProxy(t, scene, { name, file, args: ['-p', folder, '-e', 'stderr', '-c', config], env, port, version: /nginx\/(\S+)/.exec(stderr)?.[1] ?? 'unknown' })
}
