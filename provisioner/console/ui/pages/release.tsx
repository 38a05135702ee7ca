import { useState } from 'preact/hooks'
import { call } from '../api/client.ts'
import { useNotices } from '../api/notices.ts'
import { useResource } from '../api/resource.ts'
import type { Release } from '../api/shapes.ts'
import { Button, Link, LinkButton } from '../parts/button.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { Id } from '../parts/copy.tsx'
import { EventList, useEvents } from '../parts/event-list.tsx'
import { Card, Facts, PageHead } from '../parts/page.tsx'
import { Loaded, Note } from '../parts/states.tsx'
import { ReleaseStatus } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { isLimited, may } from '../session.ts'
import { sentenceCase } from '../words/advice.ts'
import { memory } from '../words/numbers.ts'
import { path } from '../words/path.ts'
import { EnvList } from './tenant-env.tsx'

const LOOK_EVERY_MS = 10_000

export function ReleasePage ({ version }: { version: string }) {
  const release = useResource<Release>(path('/v1/releases/{}', version), { everyMs: LOOK_EVERY_MS })
  const events = useEvents(release.data === null ? null : path('/v1/releases/{}/events', version), release.refresh)
  const [cancelling, setCancelling] = useState(false)
  useNotices(['release'], release.refresh, data => data.version === version)
  return (
    <>
      <PageHead title={version} back={{ to: '/releases', name: 'Releases' }} after={release.data !== null && <ReleaseStatus state={release.data.state} large />}>
        {release.data?.state === 'verifying' && may('operate') && !isLimited() && <Button icon='ban' onClick={() => { setCancelling(true) }}>Cancel the proof</Button>}
        {release.data?.state === 'usable' && may('operate') && !isLimited() && <LinkButton to={`/rollouts/new?release=${encodeURIComponent(version)}`} icon='waves' kind='primary'>Roll out</LinkButton>}
        {release.data?.state === 'usable' && <LinkButton to={`/tenants?release=${encodeURIComponent(version)}`} icon='users'>Tenants at it</LinkButton>}
      </PageHead>
      <Loaded of={release}>
        {release => (
          <>
            <State of={release} />
            <div class='columns'>
              <div><Card title='Proof' note={events.liveness === 'live' ? 'live' : undefined}><EventList events={events} /></Card></div>
              <div><About of={release} /><Environment env={release.env} /></div>
            </div>
          </>
        )}
      </Loaded>
      {cancelling && (
        <Confirm title={`Cancel the proof of ${version}?`} verb='Cancel the proof' danger onClose={() => { setCancelling(false) }} work={async () => { await call('POST', path('/v1/releases/{}/cancel', version)); release.refresh() }}>
          <p>The release is rejected, and what its proof made is removed. No tenant is touched. The version can be registered again.</p>
        </Confirm>
      )}
    </>
  )
}

function State ({ of: { state, conditions: [condition] } }: { of: Release }) {
  if (condition === undefined) return null
  if (state === 'verifying') return <Note tone='busy' icon='loader-circle' title='It is being proven'>No tenant can be at it before. {condition.message}</Note>
  if (state === 'usable') return null
  return <Note tone='bad' icon='octagon-x' title={`${sentenceCase(condition.reason)}: ${condition.message}`}>No tenant saw it. Mend it, and register it again, under this version or another. The last lines of its output are in the proof below. <span class='muted small nowrap'>Since <Time at={condition.since} />.</span></Note>
}

function About ({ of: { image, pinned, port, healthPath, migrate, migratesFrom, migrates, resources, volume, strategy, createdAt } }: { of: Release }) {
  return (
    <Card title='About'>
      <Facts of={[
        ['Image', <code key='image' class='break'>{image}</code>],
        ['Pinned as', pinned === null ? 'not yet' : <Id key='pinned'>{pinned}</Id>],
        ['Port', <code key='port'>{port}</code>],
        ['Health path', <code key='health' class='break'>{healthPath}</code>],
        ['Migrate', migrate === null ? 'nothing' : <code key='migrate' class='break'>{migrate.join(' ')}</code>],
        ['Migration changes', migrates === null ? 'not known' : migratesFrom === null ? 'began with an empty database' : <>{migrates ? 'something' : 'nothing'} since <Link to={path('/releases/{}', migratesFrom)}><code>{migratesFrom}</code></Link></>],
        ['Deployed', strategy === 'start-first' ? 'start first: without a gap' : 'stop first: requests are held meanwhile'],
        ['Volume', volume ? '/data, one for each tenant' : 'none'],
        ['Memory', resources.memoryBytes === undefined ? 'as the installation has it' : memory(resources.memoryBytes)],
        ['Processors', resources.cpus === undefined ? 'as the installation has it' : String(resources.cpus)],
        ['Created', <Time key='created' at={createdAt} />]
      ]}
      />
    </Card>
  )
}

function Environment ({ env }: { env: Record<string, string> }) {
  const entries = Object.entries(env)
  if (entries.length === 0) return null
  return <Card title='Environment' flush><EnvList entries={entries} /></Card>
}
