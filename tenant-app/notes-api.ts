import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Database } from './database.ts'
import { AppError } from './errors.ts'
import { readId, readListQuery, readPinned, readText } from './note-input.ts'
import { addNote, listNotes, pinNote, removeNote } from './notes.ts'

export async function notesApi (app: FastifyInstance, { database, canPin }: { database: Database, canPin: boolean }): Promise<void> {
  app.get('/api/notes', (request) => listNotes(database, { ...readListQuery(request.query), canPin }))

  app.post('/api/notes', async (request, reply) => {
    const note = await addNote(database, readText(request.body), canPin)
    return reply.code(201).send(note)
  })

  app.delete('/api/notes/:id', async (request: FastifyRequest<{ Params: { id: string } }>, reply) => {
    const id = readId(request.params.id)
    if (id === null || !await removeNote(database, id)) throw new AppError('not-found', 'There is no such note.')
    return reply.code(204).send()
  })

  if (!canPin) return
  app.patch('/api/notes/:id', async (request: FastifyRequest<{ Params: { id: string } }>) => {
    const id = readId(request.params.id)
    const note = id === null ? null : await pinNote(database, id, readPinned(request.body))
    if (note === null) throw new AppError('not-found', 'There is no such note.')
    return note
  })
}
