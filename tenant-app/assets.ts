import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from './errors.ts'

interface Asset {
  body: Buffer
  type: string
  version: string
}

const assets = new Map([
  load('dashboard.css', 'text/css; charset=utf-8'),
  load('dashboard.js', 'text/javascript; charset=utf-8'),
  load('icon.svg', 'image/svg+xml')
])

/**
 * The address of a file in public/. The version makes it safe to cache for ever; a version that is not ours (two
 * releases answer during a deploy) is served as well, but not to be kept.
 */
export function assetUrl (name: string): string {
  const asset = assets.get(name)
  if (asset === undefined) throw new Error(`no asset is named ${name}`)
  return `/assets/${name}?v=${asset.version}`
}

export async function serveAssets (app: FastifyInstance): Promise<void> {
  app.get('/assets/:name', async (request: FastifyRequest<{ Params: { name: string }, Querystring: { v?: string } }>, reply) => {
    const asset = assets.get(request.params.name)
    if (asset === undefined) throw new AppError('not-found')
    const current = request.query.v === asset.version
    return reply
      .type(asset.type)
      .header('cache-control', current ? 'public, max-age=31536000, immutable' : 'no-cache')
      .send(asset.body)
  })
}

function load (name: string, type: string): [string, Asset] {
  const body = readFileSync(join(import.meta.dirname, 'public', name))
  return [name, { body, type, version: createHash('sha256').update(body).digest('hex').slice(0, 12) }]
}
