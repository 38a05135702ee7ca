import type { FastifyPluginAsync } from 'fastify'
import { Problem } from '../errors.ts'
import type { ApiOptions } from './api-options.ts'

const CHECK_TIMEOUT_MS = 2000

/** For whoever runs the provisioner: whether its process answers, and whether all that it needs to bring a tenant up does. */
export const health: FastifyPluginAsync<ApiOptions> = async (app, { pool, presence, engine, routes }) => {
  const route = { config: { quiet: true, scope: 'public' as const }, schema: { hide: true } }

  app.get('/healthz', route, async () => ({ status: 'ok' }))

  app.get('/readyz', route, async () => {
    const [database, container, redis] = await Promise.all([
      presence.stay !== null && succeeds(pool.query('SELECT')),
      succeeds(engine.ping()),
      succeeds(routes.ping())
    ])
    const away = [...database ? [] : ['the control database'], ...container ? [] : ['the container engine'], ...redis ? [] : ['Redis']]
    if (away.length > 0) throw new Problem('unavailable', `Out of reach: ${away.join(', ')}.`)
    return { status: 'ready' }
  })
}

async function succeeds (check: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => { timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false) })
  const done = check.then(() => true, () => false)
  return await Promise.race([done, late]).finally(() => { clearTimeout(timer) })
}
