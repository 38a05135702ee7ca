import { segment } from './api.ts'
import { serverSentEvents } from './event-stream.ts'
import { EXIT } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'
import { progressLine } from './progress-bar.ts'
import type { Session } from './session.ts'
import type { Move, Rollout } from './shapes.ts'

const MAX_NAMED = 10
/** Columns of a line where no terminal says how many there are. */
const LINE_WIDTH = 100

export function rolloutPath (id: string): string {
  return `/v1/rollouts/${segment(id)}`
}

/**
 * Shows how a rollout goes until it has ended, or is paused with nothing under way. Exit code 1 unless it is done: tenants that
 * failed within what was allowed are named, and are no failure of the rollout. JSON is a line for each change.
 */
export async function watchRollout (session: Session, id: string): Promise<ExitCode | undefined> {
  const { api, terminal, json } = session
  for await (const { event, data } of serverSentEvents(api, rolloutPath(id))) {
    if (event !== 'progress') continue
    const rollout = JSON.parse(data) as Rollout
    if (json) await terminal.print(JSON.stringify(rollout))
    else terminal.live(progressLine(rollout, terminal.progressWidth === null ? LINE_WIDTH : terminal.progressWidth - 1))
    if (isStill(rollout)) return await conclude(session, rollout)
  }
  return undefined
}

function isStill ({ endedAt, state, counts }: Rollout): boolean {
  return endedAt !== null || (state === 'paused' && counts.moving === 0 && counts.returning === 0)
}

async function conclude (session: Session, { id, state, reason, counts }: Rollout): Promise<ExitCode | undefined> {
  const { terminal, json } = session
  if (!json) {
    terminal.endLive()
    terminal.say(...await failures(session, id, counts.failed))
    terminal.say(`${state}${reason === '' ? '.' : `: ${reason}`}`)
    if (state === 'paused') terminal.say(`"berth rollouts resume ${id}" goes on, "berth rollouts abort ${id}" ends it.`)
  }
  return state === 'done' ? undefined : EXIT.failed
}

async function failures ({ api, terminal }: Session, id: string, failed: number): Promise<string[]> {
  if (failed === 0) return []
  const { moves } = await api.get<{ moves: { items: Move[] } }>(rolloutPath(id), { state: 'failed', limit: MAX_NAMED })
  const lines = moves.items.map(({ slug, message }) => `  ${terminal.tint('red', slug)}  ${message}`)
  return failed > lines.length ? [...lines, `  and ${failed - lines.length} more`] : lines
}
