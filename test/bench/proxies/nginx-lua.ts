import { dirname, join } from 'node:path'
import type { Ground } from '../../world/installation.ts'
import { freePort } from '../../world/ports.ts'
import { withRedis } from '../../world/routes.ts'
import { unpackPackages } from '../packages.ts'
import { FORWARDED, startNginx } from './nginx.ts'
import type { Proxy } from './proxy.ts'

const KEY_PREFIX = 'bench:nginx:'

/** What one would build of nginx for this: each request asks Redis where its host lives. */
export const nginxLua: Proxy = {
  id: 'lua',
  title: 'nginx + Lua + Redis',
  start: async (t, scene) => {
    const tree = await unpackPackages('nginx-lua', ['nginx', 'libnginx-mod-http-lua'], ['lua-nginx-redis'])
    const { redis } = scene
    await withRedis({ redis } as Ground, async client => {
      await client.mset(`${KEY_PREFIX}${scene.host}`, `127.0.0.1:${scene.originPort}`, `${KEY_PREFIX}${scene.echoHost}`, `127.0.0.1:${scene.echoPort}`)
    })
    const port = await freePort()
    const module = (name: string) => `load_module ${tree.find(`usr/lib/nginx/modules/${name}.so`)};`
    const scripts = dirname(dirname(tree.find('usr/share/lua/5.1/nginx/redis.lua')))
    return await startNginx(t, scene, tree, {
      name: 'nginx-lua',
      port,
      main: `${module('ndk_http_module')}\n${module('ngx_http_lua_module')}`,
      http: `
  lua_package_path "${join(scripts, '?.lua')};/usr/share/lua/5.1/?.lua;;";
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream tenant {
    server 0.0.0.1;
    balancer_by_lua_block { assert(require('ngx.balancer').set_current_peer(ngx.ctx.address, ngx.ctx.port)) }
    keepalive 128;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      access_by_lua_block {
        local client = require('nginx.redis'):new()
        client:set_timeout(1000)
        local ok = client:connect('${redis.host}', ${redis.port})
        if not ok then return ngx.exit(503) end
        if client:get_reused_times() == 0 then assert(client:auth('${redis.password}')) end
        local target = client:get('${KEY_PREFIX}' .. ngx.var.host)
        client:set_keepalive(60000, 128)
        if not target or target == ngx.null then return ngx.exit(404) end
        ngx.ctx.address, ngx.ctx.port = target:match('^(.+):(%d+)$')
      }
      proxy_pass http://tenant;
      proxy_http_version 1.1;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Upgrade $http_upgrade;
      ${FORWARDED}
    }
  }`
    })
  }
}
