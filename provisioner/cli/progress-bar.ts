import { span } from './amounts.ts'
import type { Rollout } from './shapes.ts'
import { textWidth, truncate } from './text-width.ts'

const MIN_BAR = 8
const MAX_BAR = 40

/** How far a rollout is: `done` of `total` tenants need nothing more of it. While it goes back, those are the ones that are back. */
export function progressOf ({ state, counts }: Pick<Rollout, 'state' | 'counts'>): { done: number, total: number } {
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0)
  const open = state === 'rolling-back' ? counts.returning + counts.moving : counts.waiting + counts.moving
  return { done: total - open, total }
}

/** A bar of `width` characters: moved, failed, under way, and what is left. */
export function bar ({ counts }: Pick<Rollout, 'counts'>, width: number): string {
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0)
  if (total === 0) return '█'.repeat(width)
  const failed = counts.failed + counts.stuck
  const underWay = counts.moving + counts.returning
  const ends = [total - counts.waiting - underWay - failed, total - counts.waiting - underWay, total - counts.waiting, total].map(end => cells(end, total, width))
  const length = (i: number): number => (ends[i] as number) - (ends[i - 1] ?? 0)
  return '█'.repeat(length(0)) + '×'.repeat(length(1)) + '▒'.repeat(length(2)) + '░'.repeat(length(3))
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

/** What is begun shows, and only what is whole is full. */
function cells (part: number, total: number, width: number): number {
  if (part === 0) return 0
  return part === total ? width : Math.min(width - 1, Math.max(1, Math.round(part / total * width)))
}
