import { useEffect, useRef, useState } from 'preact/hooks'
import { get } from '../api/client.ts'
import { ApiProblem } from '../api/problem.ts'
import type { Move, Page, Rollout } from '../api/shapes.ts'
import { Card } from '../parts/page.tsx'
import { Skeleton } from '../parts/states.tsx'
import { navigate } from '../router.ts'
import { count, plural } from '../words/numbers.ts'
import { path, query } from '../words/path.ts'
import { MOVE_LOOKS } from '../words/status.ts'
import { totalOf } from './rollout-progress.tsx'

const PAGE = 200
/** More cells than this say nothing to anybody; the counts and the list go on. */
const MAX_CELLS = 4000
const PAUSE_MS = 700

/** A cell for each tenant, wave by wave, as its move was observed. */
export function Matrix ({ rollout }: { rollout: Rollout }) {
  const total = totalOf(rollout.counts)
  const moves = useMoves(rollout, total <= MAX_CELLS)
  if (total > MAX_CELLS) return null
  const waves = Map.groupBy(moves ?? [], ({ wave }) => wave)
  return (
    <Card title='Tenants by wave' note={plural(total, 'tenant')}>
      {moves === null
        ? <Skeleton />
        : [...waves].sort(([a], [b]) => a - b).map(([wave, moves]) => (
          <div key={wave} class='wave'>
            <h3>{nameOf(wave, rollout)} <span class='muted small'>{count(moves.length)}{wave === rollout.wave && ', under way'}</span></h3>
            <div class='matrix' role='img' aria-label={`${nameOf(wave, rollout)}: ${inWords(moves)}`} onClick={open}>
              {moves.map(({ tenant, slug, state, message }) => (
                <span key={tenant} class={`cell ${state} tone-${MOVE_LOOKS[state].tone}`} data-slug={slug} title={`${slug}: ${MOVE_LOOKS[state].word}${message === '' ? '' : `. ${message}`}`} />
              ))}
            </div>
          </div>
          ))}
    </Card>
  )
}

/** A cell leads to its tenant: a short cut for a mouse, beside the links of the list below. */
function open ({ target }: MouseEvent): void {
  const slug = (target as HTMLElement).dataset.slug
  if (slug !== undefined) navigate(path('/tenants/{}', slug))
}

/** The canary's is the first of the waves. */
function nameOf (wave: number, { canary }: Rollout): string {
  return canary !== null && wave === 1 ? 'Wave 1, the canary' : `Wave ${wave}`
}

function inWords (moves: Move[]): string {
  return [...Map.groupBy(moves, ({ state }) => state)].map(([state, some]) => `${some.length} ${MOVE_LOOKS[state].word.toLowerCase()}`).join(', ')
}

/** All moves, read again when the counts changed; pages in which nothing can change any more are not. */
function useMoves (rollout: Rollout, wanted: boolean): Move[] | null {
  const [pages, setPages] = useState<Move[][] | null>(null)
  const known = useRef<Array<{ items: Move[], nextCursor: string | null, cursor: string | null }>>([])
  const reading = useRef<AbortController | null>(null)
  const again = useRef(false)
  const version = JSON.stringify([rollout.counts, rollout.state, rollout.release, rollout.endedAt])

  const read = async (signal: AbortSignal): Promise<void> => {
    const next: typeof known.current = []
    for (let cursor: string | null = null, index = 0; ; index++) {
      const before = known.current[index]
      const page: Page<Move> = before !== undefined && before.cursor === cursor && rollout.endedAt !== null && next.length < known.current.length && before.items.every(isOver)
        ? before
        : await get<{ moves: Page<Move> }>(`${path('/v1/rollouts/{}', rollout.id)}${query({ limit: PAGE, cursor })}`, signal).then(({ moves }) => moves)
      next.push({ ...page, cursor })
      if (page.nextCursor === null) break
      cursor = page.nextCursor
    }
    known.current = next
    setPages(next.map(({ items }) => items))
  }

  useEffect(() => {
    if (!wanted) return
    if (reading.current !== null) {
      again.current = true
      return
    }
    const controller = new AbortController()
    reading.current = controller
    const follow = async (): Promise<void> => {
      do {
        again.current = false
        await read(controller.signal).catch((err: unknown) => { if (!(err instanceof ApiProblem) && !controller.signal.aborted) throw err })
        if (again.current) await new Promise(resolve => { setTimeout(resolve, PAUSE_MS) })
      } while (again.current && !controller.signal.aborted)
      reading.current = null
    }
    follow()
  }, [version, wanted])
  useEffect(() => () => { reading.current?.abort() }, [])
  return pages?.flat() ?? null
}

function isOver ({ endedAt }: Move): boolean {
  return endedAt !== null
}
