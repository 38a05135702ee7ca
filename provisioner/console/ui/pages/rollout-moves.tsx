import { useEffect } from 'preact/hooks'
import { useResource } from '../api/resource.ts'
import type { Move, Page, Rollout } from '../api/shapes.ts'
import { Link } from '../parts/button.tsx'
import { Card, Table } from '../parts/page.tsx'
import { Pager, usePaging } from '../parts/pager.tsx'
import { Empty, Loaded } from '../parts/states.tsx'
import { MoveStatus } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { changeQuery, place } from '../router.ts'
import { count } from '../words/numbers.ts'
import { path, query } from '../words/path.ts'
import { MOVE_LOOKS } from '../words/status.ts'
import { IN_ORDER } from './rollout-progress.tsx'

const SIZE = 50

/** Where each tenant is, by state: those that failed are what one comes for. */
export function MoveList ({ rollout }: { rollout: Rollout }) {
  const { counts } = rollout
  const state = place.value.query.get('state') ?? (counts.stuck > 0 ? 'stuck' : counts.failed > 0 ? 'failed' : '')
  const chosen = state === 'all' ? '' : state
  const paging = usePaging(chosen)
  const moves = useResource<Rollout & { moves: Page<Move> }>(`${path('/v1/rollouts/{}', rollout.id)}${query({ limit: SIZE, cursor: paging.cursor, state: chosen })}`)
  useEffect(() => { moves.refresh() }, [JSON.stringify(counts), rollout.state])
  return (
    <Card
      title='Tenants' flush action={(
        <select aria-label='State' value={chosen === '' ? 'all' : chosen} onInput={event => { changeQuery({ state: event.currentTarget.value }) }}>
          <option value='all'>All states</option>
          {IN_ORDER.filter(state => counts[state] > 0 || state === chosen).map(state => <option key={state} value={state}>{MOVE_LOOKS[state].word} ({count(counts[state])})</option>)}
        </select>
    )}
    >
      <Loaded of={moves}>
        {({ moves: { items, nextCursor } }) => items.length === 0
          ? <Empty icon='users' title='None' />
          : (
            <>
              <Table label='Tenants of the rollout' head={<><th scope='col'>Tenant</th><th scope='col'>State</th><th scope='col'>From</th><th scope='col'>Ended</th></>}>
                {items.map(({ tenant, slug, state, from, message, endedAt }) => (
                  <tr key={tenant}>
                    <td class='main'><Link to={path('/tenants/{}', slug)} class='cover'><code class='clip'>{slug}</code></Link>{message !== '' && <span class='muted small'>{message}</span>}</td>
                    <td class='state'><MoveStatus state={state} /></td>
                    <td class='extra'><code class='clip'>{from}</code></td>
                    <td class='extra muted nowrap'><Time at={endedAt} none='–' /></td>
                  </tr>
                ))}
              </Table>
              <Pager paging={paging} next={nextCursor} shown={items.length} size={SIZE} />
            </>
            )}
      </Loaded>
    </Card>
  )
}
