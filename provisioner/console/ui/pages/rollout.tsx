import { useState } from 'preact/hooks'
import { call } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { useStream } from '../api/stream.ts'
import type { Move, Page, Rollout } from '../api/shapes.ts'
import { Button, Link } from '../parts/button.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { Id } from '../parts/copy.tsx'
import { Card, Facts, PageHead } from '../parts/page.tsx'
import { Loaded, Note, ProblemNote } from '../parts/states.tsx'
import { RolloutStatus } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { useAction } from '../parts/action.ts'
import { may } from '../session.ts'
import { count } from '../words/numbers.ts'
import { path } from '../words/path.ts'
import { MOVE_LOOKS } from '../words/status.ts'
import { aboutDuration } from '../words/time.ts'
import { Matrix } from './rollout-matrix.tsx'
import { MoveList } from './rollout-moves.tsx'
import { doneOf, IN_ORDER, MovesBar, totalOf } from './rollout-progress.tsx'

const LOOK_EVERY_MS = 15_000

export function RolloutPage ({ id }: { id: string }) {
  const [told, setTold] = useState<Rollout | null>(null)
  const resource = useResource<Rollout & { moves: Page<Move> }>(path('/v1/rollouts/{}', id) + '?limit=1', { everyMs: LOOK_EVERY_MS })
  const liveness = useStream(path('/v1/rollouts/{}', id), {
    last: ['ended'],
    onPoll: resource.refresh,
    onEvent: ({ event, data }) => { if (event === 'progress') setTold(JSON.parse(data) as Rollout) }
  })
  // The stream is ahead of what was read, while it is there.
  const rollout = (liveness === 'live' || liveness === 'ended' ? told : null) ?? resource.data
  return (
    <>
      <PageHead title={rollout === null ? 'Rollout' : `To ${rollout.release}`} back={{ to: '/rollouts', name: 'Rollouts' }} after={rollout !== null && <RolloutStatus state={rollout.state} large />}>
        {rollout !== null && may('operate') && <RolloutActions rollout={rollout} onChange={() => { resource.refresh() }} />}
      </PageHead>
      <Loaded of={{ ...resource, data: rollout }} lines={8}>
        {rollout => (
          <>
            {rollout.reason !== '' && <Note tone={rollout.state === 'done' ? 'good' : rollout.state === 'paused' ? 'warn' : 'quiet'} icon={rollout.state === 'done' ? 'circle-check' : rollout.state === 'paused' ? 'pause' : 'info'} title={rollout.reason} />}
            <Progress of={rollout} />
            <div class='columns'>
              <div><Matrix rollout={rollout} /><MoveList rollout={rollout} /></div>
              <div><About of={rollout} /></div>
            </div>
          </>
        )}
      </Loaded>
    </>
  )
}

function RolloutActions ({ rollout: { id, state, endedAt, release }, onChange }: { rollout: Rollout, onChange: () => void }) {
  const [aborting, setAborting] = useState(false)
  const action = useAction()
  if (endedAt !== null) return null
  const ask = async (what: string): Promise<void> => {
    await call('POST', path('/v1/rollouts/{}', id) + `/${what}`)
    onChange()
  }
  return (
    <>
      {state === 'running' && <Button icon='pause' busy={action.busy} onClick={() => { action.run(async () => { await ask('pause') }) }}>Pause</Button>}
      {state === 'paused' && <Button icon='play' kind='primary' busy={action.busy} onClick={() => { action.run(async () => { await ask('resume') }) }}>Resume</Button>}
      {state !== 'aborting' && <Button icon='ban' onClick={() => { setAborting(true) }}>Abort</Button>}
      {action.problem !== null && <ProblemNote problem={action.problem} />}
      {aborting && (
        <Confirm title='Abort this rollout?' verb='Abort' danger onClose={() => { setAborting(false) }} work={async () => { await ask('abort') }}>
          <p>No more tenants are begun. Those under way come to their end; those that are at <code>{release}</code> stay there.</p>
        </Confirm>
      )}
    </>
  )
}

function Progress ({ of: { counts, wave, waves, secondsLeft } }: { of: Rollout }) {
  return (
    <Card>
      <p class='figures'>
        <span><strong>{count(doneOf(counts))}</strong> of {count(totalOf(counts))} tenants</span>
        {wave !== null && <span class='muted'>wave {wave} of {waves}</span>}
        {secondsLeft !== null && <span class='muted'>{aboutDuration(secondsLeft)} left</span>}
      </p>
      <MovesBar counts={counts} />
      <ul class='legend'>{IN_ORDER.filter(state => counts[state] > 0).map(state => <li key={state} class={`tone-${MOVE_LOOKS[state].tone}`}><i aria-hidden='true' />{MOVE_LOOKS[state].word} <b>{count(counts[state])}</b></li>)}</ul>
    </Card>
  )
}

function About ({ of: { id, release, tenants, canary, waves, concurrency, maxFailures, onFailure, strategy, releases, createdAt, endedAt } }: { of: Rollout }) {
  return (
    <Card title='About'>
      <Facts of={[
        ['Release', <Link key='release' to={path('/releases/{}', release)}><code>{release}</code></Link>],
        ['Tenants', scopeInWords(tenants)],
        ['Canary', canary === null ? 'none' : String(canary)],
        ['Waves', String(waves)],
        ['At once', String(concurrency)],
        ['May fail', count(maxFailures)],
        ['Then', onFailure === 'pause' ? 'it pauses' : 'those that were moved go back'],
        ['How', strategy ?? 'as the release says'],
        ['Wanted now', <span key='wanted'>{Object.entries(releases).map(([version, number]) => <span key={version} class='line'><code>{version}</code>: {count(number)}</span>)}</span>],
        ['Begun', <Time key='begun' at={createdAt} />],
        ['Ended', <Time key='ended' at={endedAt} none='not yet' />],
        ['Id', <Id key='id'>{id}</Id>]
      ]}
      />
    </Card>
  )
}

function scopeInWords (scope: unknown): string {
  if (scope === 'all') return 'all'
  if (Array.isArray(scope)) return scope.length > 5 ? `${count(scope.length)} that were named` : scope.join(', ')
  const { slug, q, release } = scope as { slug?: string, q?: string, release?: string }
  return [slug === undefined ? '' : `slug begins with ${slug}`, q === undefined ? '' : `“${q}” in slug or name`, release === undefined ? '' : `at ${release}`].filter(part => part !== '').join(', ')
}
