import { ago, span } from './amounts.ts'
import { table } from './lists.ts'
import { progressOf } from './progress-bar.ts'
import type { Session } from './session.ts'
import type { Move, Rollout } from './shapes.ts'
import { fieldLines } from './table.ts'
import type { Column } from './table.ts'
import type { Style } from './terminal.ts'

const STATES: Readonly<Record<Rollout['state'], Style>> = {
  running: 'cyan', paused: 'yellow', aborting: 'yellow', 'rolling-back': 'yellow', done: 'green', aborted: 'red', 'rolled-back': 'red'
}
const MOVES: Readonly<Record<Move['state'], Style>> = {
  waiting: 'dim', moving: 'cyan', moved: 'green', unchanged: 'green', failed: 'red', skipped: 'dim', returning: 'cyan', returned: 'yellow', stuck: 'red'
}

export function rolloutColumns ({ terminal, nowMs }: Session): Array<Column<Rollout>> {
  return [
    { title: 'ID', text: ({ id }) => id, whole: true },
    { title: 'RELEASE', text: ({ release }) => release },
    { title: 'STATE', text: ({ state }) => state, paint: (shown, { state }) => terminal.paint(STATES[state], shown) },
    { title: 'DONE', text: rollout => { const { done, total } = progressOf(rollout); return `${done}/${total}` }, align: 'right' },
    { title: 'FAILED', text: ({ counts }) => String(counts.failed + counts.stuck), align: 'right' },
    { title: 'AGE', text: ({ createdAt }) => ago(createdAt, nowMs) },
    { title: 'REASON', text: ({ reason }) => reason }
  ]
}

export function rolloutLines ({ terminal, nowMs }: Session, rollout: Rollout): string[] {
  const { id, release, strategy, state, reason, tenants, canary, wave, waves, concurrency, maxFailures, onFailure, counts, releases, secondsLeft, createdAt, endedAt } = rollout
  const pairs = (object: object): string => Object.entries(object).filter(([, value]) => value !== 0).map(([key, value]) => `${String(value)} ${key}`).join(', ')
  return fieldLines([
    ['id', id],
    ['release', release],
    ['state', state],
    ['because', reason],
    ['tenants', Array.isArray(tenants) ? tenants.join(', ') : tenants === 'all' ? 'all' : Object.entries(tenants).map(([key, value]) => `${key}: ${value}`).join(', ')],
    ['counts', pairs(counts)],
    ['releases', Object.entries(releases).map(([version, number]) => `${number} at ${version}`).join(', ')],
    ['wave', wave === null ? `of ${waves}` : `${wave} of ${waves}`],
    ['canary', canary === null ? null : String(canary)],
    ['concurrency', String(concurrency)],
    ['failures', `${maxFailures} at most, then ${onFailure}`],
    ['strategy', strategy],
    ['left', secondsLeft === null || endedAt !== null ? null : span(secondsLeft)],
    ['created', `${createdAt} (${ago(createdAt, nowMs)} ago)`],
    ['ended', endedAt]
  ]).map(line => line.startsWith('state') ? terminal.paint(STATES[state], line) : line)
}

export function moveLines (session: Session, moves: Move[]): string[] {
  return table<Move>(session, [
    { title: 'TENANT', text: ({ slug }) => slug, whole: true },
    { title: 'WAVE', text: ({ wave }) => String(wave), align: 'right' },
    { title: 'STATE', text: ({ state }) => state, paint: (shown, { state }) => session.terminal.paint(MOVES[state], shown) },
    { title: 'FROM', text: ({ from }) => from },
    { title: 'RELEASE', text: ({ release }) => release },
    { title: 'MESSAGE', text: ({ message }) => message }
  ], moves)
}
