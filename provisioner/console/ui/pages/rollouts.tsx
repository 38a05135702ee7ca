import { useNotices } from '../api/notices.ts'
import { useResource } from '../api/resource.ts'
import type { Page, Rollout } from '../api/shapes.ts'
import { Link, LinkButton } from '../parts/button.tsx'
import { PageHead, Table } from '../parts/page.tsx'
import { Pager, usePaging } from '../parts/pager.tsx'
import { Empty, Loaded } from '../parts/states.tsx'
import { RolloutStatus } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { may } from '../session.ts'
import { count } from '../words/numbers.ts'
import { path, query } from '../words/path.ts'
import { doneOf, MovesBar, totalOf } from './rollout-progress.tsx'

const SIZE = 25
const LOOK_EVERY_MS = 10_000

export function Rollouts () {
  const paging = usePaging('')
  const rollouts = useResource<Page<Rollout>>(`/v1/rollouts${query({ limit: SIZE, cursor: paging.cursor })}`, { everyMs: LOOK_EVERY_MS })
  useNotices(['rollout'], rollouts.refresh)
  const create = may('operate') ? <LinkButton to='/rollouts/new' icon='plus' kind='primary'>New rollout</LinkButton> : undefined
  return (
    <>
      <PageHead title='Rollouts'>{create}</PageHead>
      <Loaded of={rollouts} lines={8}>
        {({ items, nextCursor }) => items.length === 0
          ? <Empty icon='waves' title='No rollouts yet' action={create}>A rollout moves many tenants to a release, wave after wave, and stops when too many fail.</Empty>
          : (
            <>
              <Table label='Rollouts' head={<><th scope='col'>To release</th><th scope='col'>State</th><th scope='col'>Tenants</th><th scope='col'>Begun</th></>}>
                {items.map(rollout => (
                  <tr key={rollout.id}>
                    <td class='main'><Link to={path('/rollouts/{}', rollout.id)} class='cover'><code class='clip'>{rollout.release}</code></Link><code class='muted small'>{rollout.id}</code></td>
                    <td class='state'><RolloutStatus state={rollout.state} /></td>
                    <td class='wide'><MovesBar counts={rollout.counts} /><span class='muted small'>{count(doneOf(rollout.counts))} of {count(totalOf(rollout.counts))}{rollout.counts.failed > 0 ? `, ${count(rollout.counts.failed)} failed` : ''}</span></td>
                    <td class='extra muted nowrap'><Time at={rollout.createdAt} /></td>
                  </tr>
                ))}
              </Table>
              <Pager paging={paging} next={nextCursor} shown={items.length} size={SIZE} />
            </>
            )}
      </Loaded>
    </>
  )
}
