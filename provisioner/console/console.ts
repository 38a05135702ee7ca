import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { Problem } from '../errors.ts'
import { bundleConsole } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import { chooseEncoding } from './encoding.ts'
import { ASSETS, consolePage, SECURITY_HEADERS } from './page.ts'

const FOR_EVER = 'public, max-age=31536000, immutable'
const ROUTE = { config: { scope: 'public', quiet: true }, schema: { hide: true } } as const

/**
 * The operators' console: one page at every address below /console/, and its assets. It has no data of its own: all that it shows and
 * does passes through the API, with the session's cookie.
 */
export const webConsole: FastifyPluginAsync = async app => {
  // Beside the start, not in its way: who comes first waits for it.
  app.addHook('onReady', async () => { bundleConsole().catch(err => app.log.error({ err }, 'the console was not made')) })

  app.get('/', ROUTE, async (request, reply) => {
    if (!(request.headers.accept ?? '').includes('text/html')) throw new Problem('not_found', 'There is no GET of this address; GET /openapi.json lists what there is.')
    return reply.redirect('/console/')
  })

  app.get('/console', ROUTE, async (_request, reply) => reply.redirect('/console/'))

  app.get<{ Params: { '*': string } }>(`${ASSETS}*`, ROUTE, async (request, reply) => {
    const name = request.params['*']
    const asset = (await bundleConsole()).assets.get(name)
    // Not kept: it may be that of another version, which is being started beside this one.
    if (asset === undefined) throw new Problem('not_found', `The console has no file "${name.slice(0, 64)}"; load its page again.`)
    const encoding = chooseEncoding(request.headers['accept-encoding'])
    if (encoding !== 'identity') reply.header('content-encoding', encoding)
    reply.headers({ ...SECURITY_HEADERS, 'cache-control': FOR_EVER, vary: 'accept-encoding' }).type(asset.type)
    return reply.send(encoding === 'identity' ? asset.body : asset[encoding])
  })

  app.get('/console/*', ROUTE, async (_request, reply) => await sendPage(reply, await bundleConsole()))
}

async function sendPage (reply: FastifyReply, bundle: Bundle): Promise<FastifyReply> {
  return reply.headers({ ...SECURITY_HEADERS, 'cache-control': 'no-store' }).type('text/html; charset=utf-8').send(consolePage(bundle))
}
