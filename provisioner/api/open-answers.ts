import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { stillAlive } from '../access/session-store.ts'
import { hashSecret, INSTALLATION_TOKEN } from '../access/token.ts'
import type { ApiOptions } from './api-options.ts'

const LOOK_EVERY_MS = 5000

/** Breaks off answers that go on, such as streams of events and logs, within seconds after their token or session has ended. */
export const openAnswers = fp<ApiOptions>(async (app, { pool, config }) => {
  const open = new Map<FastifyReply['raw'], string>()
  app.addHook('preHandler', async ({ access }, { raw }) => {
    const id = access?.session?.id ?? access?.token.id ?? INSTALLATION_TOKEN.id
    if (id === INSTALLATION_TOKEN.id) return
    open.set(raw, id)
    raw.once('close', () => { open.delete(raw) })
  })

  const installation = hashSecret(config.adminToken)
  async function look (): Promise<void> {
    // One that has not begun, or is being finished, is no stream.
    const streams = [...open].filter(([raw]) => raw.headersSent && !raw.writableEnded)
    if (streams.length === 0) return
    const alive = await stillAlive(pool, [...new Set(streams.map(([, id]) => id))], installation)
    for (const [raw, id] of streams) {
      if (!alive.has(id)) raw.destroy()
    }
  }
  const timer = setInterval(() => {
    look().catch(err => { app.log.warn({ err }, 'it could not be seen whose answers have to end') })
  }, LOOK_EVERY_MS).unref()
  app.addHook('onClose', async () => { clearInterval(timer) })
}, { name: 'open-answers', dependencies: ['authentication'] })
