import t from 'tap'
import { bar, progressLine, progressOf } from '../../../provisioner/cli/progress-bar.ts'
import type { Rollout } from '../../../provisioner/cli/shapes.ts'
import { textWidth } from '../../../provisioner/cli/text-width.ts'

const NONE: Rollout['counts'] = { waiting: 0, moving: 0, moved: 0, unchanged: 0, failed: 0, skipped: 0, returning: 0, returned: 0, stuck: 0 }

function rollout (counts: Partial<Rollout['counts']>, more: Partial<Rollout> = {}): Rollout {
  return {
    id: 'ro_1',
    release: '2026.1',
    strategy: null,
    state: 'running',
    reason: '',
    tenants: 'all',
    canary: null,
    wave: 1,
    waves: 1,
    concurrency: 4,
    maxFailures: 0,
    onFailure: 'pause',
    counts: { ...NONE, ...counts },
    releases: {},
    secondsLeft: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    endedAt: null,
    ...more
  }
}

t.test('what is done', async t => {
  for (const [counts, state, done, total] of [
    [{}, 'done', 0, 0],
    [{ waiting: 3, moving: 1 }, 'running', 0, 4],
    [{ waiting: 1, moved: 2, unchanged: 3, failed: 1, skipped: 1 }, 'running', 7, 8],
    [{ waiting: 5, returning: 2, returned: 1, failed: 1, moving: 1 }, 'rolling-back', 7, 10]
  ] as const) t.strictSame(progressOf(rollout(counts, { state })), { done, total })
})

t.test('the bar', async t => {
  for (const [counts, shown] of [
    [{}, '██████████'],
    [{ waiting: 10 }, '░░░░░░░░░░'],
    [{ waiting: 5, moved: 5 }, '█████░░░░░'],
    [{ waiting: 4, moving: 2, failed: 1, moved: 3 }, '███×▒▒░░░░'],
    [{ waiting: 999, moved: 1 }, '█░░░░░░░░░'],
    [{ waiting: 1, moved: 999 }, '█████████░'],
    [{ failed: 1, unchanged: 1 }, '█████×××××'],
    [{ returned: 1, returning: 1 }, '█████▒▒▒▒▒']
  ] as const) {
    t.equal(bar(rollout(counts), 10), shown, JSON.stringify(counts))
  }
})

t.test('the line', async t => {
  for (const [given, width, shown] of [
    [rollout({ waiting: 38, moving: 3, moved: 58, failed: 1 }, { wave: 2, waves: 4, secondsLeft: 75 }), 79, '2026.1 ███████████×▒░░░░░░░ 59 %  59/100  wave 2/4  3 under way  1 failed  1m 15s left'],
    [rollout({ moved: 2 }, { state: 'done' }), 100, '2026.1 ████████████████████████████████████████ 100 %  2/2  done'],
    [rollout({ waiting: 1, moved: 2 }), 20, '2026.1 66 %  2/3'],
    [rollout({ waiting: 1, moved: 2 }, { state: 'paused' }), 12, '2026.1 66 %…']
  ] as const) {
    const line = progressLine(given, width)
    t.ok(textWidth(line) <= width, line)
    if (width !== 79) t.equal(line, shown)
    else t.match(line, /^2026\.1 █+×▒░+ 59 % {2}59\/100 {2}wave 2\/4 {2}3 under way {2}1 failed {2}1m 15s left$/)
  }
})
