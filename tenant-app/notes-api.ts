import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Database } from './database.ts'
import { AppError } from './errors.ts'
import { readId, readListQuery, readText } from './note-input.ts'
import { addNote, listNotes, removeNote } from './notes.ts'

export async function notesApi (app: FastifyInstance, { database }: { database: Database }): Promise<void> {
  app.get('/api/notes', (request) => listNotes(database, readListQuery(request.query)))

  app.post('/api/notes', async (request, reply) => {
    const note = await addNote(database, readText(request.body))
    return reply.code(201).send(note)
  })

  app.delete('/api/notes/:id', async (request: FastifyRequest<{ Params: { id: string } }>, reply) => {
    const id = readId(request.params.id)
    if (id === null || !await removeNote(database, id)) throw new AppError('not-found', 'There is no such note.')
    return reply.code(204).send()
  })
}
