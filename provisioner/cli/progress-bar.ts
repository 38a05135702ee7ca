import { span } from './amounts.ts'
import type { Rollout } from './shapes.ts'
import { textWidth, truncate } from './text-width.ts'

const MIN_BAR = 8
const MAX_BAR = 40
const PIECES = ['█', '×', '▒', '░'] as const

/** How far a rollout is: `done` of `total` tenants need nothing more of it. While it goes back, those are the ones that are back. */
export function progressOf ({ state, counts }: Pick<Rollout, 'state' | 'counts'>): { done: number, total: number } {
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0)
  const open = state === 'rolling-back' ? counts.returning + counts.moving : counts.waiting + counts.moving
  return { done: total - open, total }
}

/** A bar of `width` characters, at least four: moved, failed, under way, and what is left. What there is of each shows, be it little. */
export function bar ({ counts }: Pick<Rollout, 'counts'>, width: number): string {
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0)
  if (total === 0) return PIECES[0].repeat(width)
  const failed = counts.failed + counts.stuck
  const underWay = counts.moving + counts.returning
  const parts = [total - counts.waiting - underWay - failed, failed, underWay, counts.waiting]
  const cells = parts.map(part => part === 0 ? 0 : Math.max(1, Math.round(part / total * width)))
  // The longest makes good for what the others were rounded.
  const longest = cells.indexOf(Math.max(...cells))
  cells[longest] = width - cells.reduce((sum, number, i) => i === longest ? sum : sum + number, 0)
  return PIECES.map((piece, i) => piece.repeat(cells[i] as number)).join('')
}

/** A rollout in one line of at most `width` columns; without a bar where that leaves no room for one. */
export function progressLine (rollout: Rollout, width: number): string {
  const { release, state, wave, waves, counts, secondsLeft } = rollout
  const { done, total } = progressOf(rollout)
  const percent = total === 0 ? 100 : Math.floor(done / total * 100)
  const failed = counts.failed + counts.stuck
  const before = `${release} `
  const after = [
    ` ${percent} %  ${done}/${total}`,
    wave !== null && waves > 1 ? `wave ${wave}/${waves}` : '',
    counts.moving + counts.returning > 0 ? `${counts.moving + counts.returning} under way` : '',
    failed > 0 ? `${failed} failed` : '',
    state === 'running' ? (secondsLeft === null ? '' : `${span(secondsLeft)} left`) : state
  ].filter(part => part !== '').join('  ')
  const room = Math.min(width - textWidth(before) - textWidth(after), MAX_BAR)
  return truncate(room < MIN_BAR ? before + after.trimStart() : before + bar(rollout, room) + after, width)
}
