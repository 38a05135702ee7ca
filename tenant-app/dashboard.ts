import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from './database.ts'
import { AppError } from './errors.ts'
import { defaultLimit, maxTextLength, readCursor, readId, readText } from './note-input.ts'
import { addNote, listNotes, pinNote, removeNote } from './notes.ts'
import { renderPage } from './page.ts'
import { readTenant } from './tenant.ts'
import { findWhereabouts } from './whoami.ts'

interface DashboardOptions {
  database: Database
  tenantId: string
  canPin: boolean
}

interface Refusal {
  draft: string
  error: string
}

/** The page, and the forms on it: complete without a script. */
export async function dashboard (app: FastifyInstance, { database, tenantId, canPin }: DashboardOptions): Promise<void> {
  await app.register(formbody)

  app.get('/', async (request: FastifyRequest<{ Querystring: { before?: string } }>, reply) => {
    return show(request, reply, readCursor(request.query.before), null)
  })

  app.post('/notes', async (request, reply) => {
    const text = readDraft(request.body)
    if (typeof text !== 'string') return show(request, reply.code(422), null, text)
    await addNote(database, text, canPin)
    return reply.redirect('/', 303)
  })

  app.post('/notes/:id/remove', async (request: FastifyRequest<{ Params: { id: string } }>, reply) => {
    const id = readId(request.params.id)
    if (id === null) throw new AppError('not-found')
    // That somebody else was quicker is no error to the one who wanted it gone.
    await removeNote(database, id)
    return reply.redirect('/', 303)
  })

  if (canPin) {
    for (const [path, pinned] of [['pin', true], ['unpin', false]] as const) {
      app.post(`/notes/:id/${path}`, async (request: FastifyRequest<{ Params: { id: string } }>, reply) => {
        const id = readId(request.params.id)
        if (id === null) throw new AppError('not-found')
        await pinNote(database, id, pinned)
        return reply.redirect('/', 303)
      })
    }
  }

  async function show (request: FastifyRequest, reply: FastifyReply, before: number | null, refusal: Refusal | null): Promise<FastifyReply> {
    const [page, whereabouts] = await Promise.all([
      listNotes(database, { limit: defaultLimit, before, canPin }),
      findWhereabouts(database)
    ])
    const html = renderPage('dashboard', {
      tenant: readTenant(request.headers, tenantId),
      notes: page.items,
      olderUrl: page.nextCursor === null ? null : `/?before=${page.nextCursor}`,
      isNewest: before === null,
      canPin,
      whereabouts,
      maxTextLength,
      draft: refusal?.draft ?? '',
      draftError: refusal?.error ?? null
    })
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(html)
  }
}

function readDraft (body: unknown): string | Refusal {
  try {
    return readText(body)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const draft = typeof body === 'object' && body !== null && 'text' in body ? body.text : ''
    return { draft: typeof draft === 'string' ? draft : '', error: error.message }
  }
}
