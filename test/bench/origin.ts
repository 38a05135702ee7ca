import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { request } from '../world/http.ts'
import { freePort } from '../world/ports.ts'
import type { Teardown } from '../world/teardown.ts'
import { waitFor } from '../world/wait-for.ts'
import { FILES, SMALL_BODY } from './cases.ts'
import { unpackPackages } from './packages.ts'
import type { RunningProxy } from './proxies/proxy.ts'

export type Origin = RunningProxy

const ECHO = fileURLToPath(new URL('load/echo-origin.ts', import.meta.url))

/** What all proxies stand before: nginx, which answers from memory and keeps connections for ever. */
export async function startOrigin (t: Teardown, folder: string): Promise<Origin> {
  const { find, env } = await unpackPackages('nginx', ['nginx'])
  const port = await freePort()
  for (const [path, bytes] of FILES) await writeFile(join(folder, path), Buffer.alloc(bytes, 'x'))
  const config = join(folder, 'origin.conf')
  await writeFile(config, `
daemon off;
worker_processes 1;
user ${process.env.USER ?? 'root'};
pid ${folder}/origin.pid;
error_log stderr;
events { worker_connections 8192; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  open_file_cache max=10;
  default_type text/plain;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `${kind}_temp_path ${folder}/origin-${kind};`).join(' ')}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = / { return 200 '${SMALL_BODY}'; }
    location / { root ${folder}; }
  }
}
`)
  const child = spawn(find('usr/sbin/nginx'), ['-p', folder, '-e', 'stderr', '-c', config], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...env, PATH: process.env.PATH ?? '' } })
  endAtTheEnd(t, child)
  await waitFor('the origin', async () => (await request({ port })).text === SMALL_BODY)
  return { port, pid: child.pid as number, version: '(the origin itself)', takeOutput: () => '' }
}

/** A WebSocket echo in a process of its own. Returns its port. */
export async function startEchoOrigin (t: Teardown): Promise<number> {
  const port = await freePort()
  const child = spawn(process.execPath, [ECHO, String(port)], { stdio: ['ignore', 'ignore', 'inherit'] })
  endAtTheEnd(t, child)
  await waitFor('the echo', async () => (await request({ port })).status === 426)
  return port
}

function endAtTheEnd (t: Teardown, child: ReturnType<typeof spawn>): void {
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
  })
}
