import { useState } from 'preact/hooks'
import { call } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import type { Page, Webhook } from '../api/shapes.ts'
import { useAction } from '../parts/action.ts'
import { Button } from '../parts/button.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { Id } from '../parts/copy.tsx'
import { Card, Facts, PageHead, Table } from '../parts/page.tsx'
import { Empty, Loaded, Note, ProblemNote } from '../parts/states.tsx'
import { Badge } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { say } from '../parts/toasts.tsx'
import { navigate } from '../router.ts'
import { path } from '../words/path.ts'
import type { Look } from '../words/status.ts'
import { WEBHOOK_LOOKS } from './webhooks.tsx'

interface Delivery {
  id: string
  type: string
  state: 'pending' | 'delivered' | 'failed'
  attempts: number
  nextAttemptAt: string | null
  createdAt: string
  lastAttempt: { status: number | null, error: string | null } | null
}

const LOOK_EVERY_MS = 5000

export function WebhookPage ({ id }: { id: string }) {
  const address = path('/v1/webhooks/{}', id)
  const webhook = useResource<Webhook>(address, { everyMs: LOOK_EVERY_MS })
  const deliveries = useResource<Page<Delivery>>(`${address}/deliveries`, { everyMs: LOOK_EVERY_MS })
  const [deleting, setDeleting] = useState(false)
  const action = useAction()
  const { data } = webhook
  return (
    <>
      <PageHead title={data === null ? 'Webhook' : new URL(data.url).host} back={{ to: '/webhooks', name: 'Webhooks' }} lead={data !== null && <Id>{id}</Id>} after={data !== null && <Badge look={WEBHOOK_LOOKS[data.state]} large />}>
        {data?.state === 'active' && <Button icon='send' busy={action.busy} onClick={() => { action.run(async () => { await call('POST', `${address}/test`); say('busy', 'A test was asked for; its delivery is listed here.'); deliveries.refresh() }) }}>Send a test</Button>}
        {data !== null && <Button icon={data.state === 'active' ? 'pause' : 'play'} busy={action.busy} onClick={() => { action.run(async () => { await call('PATCH', address, { body: { state: data.state === 'active' ? 'disabled' : 'active' } }); webhook.refresh(); deliveries.refresh() }) }}>{data.state === 'active' ? 'Disable' : 'Enable'}</Button>}
        {data !== null && <Button icon='trash-2' onClick={() => { setDeleting(true) }}>Delete</Button>}
      </PageHead>
      {action.problem !== null && <ProblemNote problem={action.problem} />}
      <Loaded of={webhook}>
        {({ url, events, tenants, state, disabledReason, createdAt }) => (
          <>
            {state === 'disabled' && disabledReason !== null && <Note tone='bad' icon='ban' title='It is disabled'>{disabledReason} Nothing new is kept for it; what is held is sent when it is enabled.</Note>}
            <Card title='About'>
              <Facts of={[['Address', <code key='url' class='break'>{url}</code>], ['Events', <code key='events' class='break'>{events.join(', ')}</code>], ['Tenants', tenants === null ? 'all' : tenants.join(', ')], ['Created', <Time key='created' at={createdAt} />]]} />
            </Card>
          </>
        )}
      </Loaded>
      <Card title='Deliveries' flush>
        <Loaded of={deliveries}>
          {({ items }) => items.length === 0
            ? <Empty icon='send' title='Nothing was sent yet' />
            : (
              <Table label='Deliveries' head={<><th scope='col'>Event</th><th scope='col'>State</th><th scope='col'>Answer</th><th scope='col'>When</th><th scope='col'><span class='hidden'>Actions</span></th></>}>
                {items.map(delivery => (
                  <tr key={delivery.id}>
                    <td class='main'><code class='clip'>{delivery.type}</code>{delivery.lastAttempt?.error != null && <span class='muted small'>{delivery.lastAttempt.error}</span>}{delivery.nextAttemptAt !== null && <span class='muted small'>again <Time at={delivery.nextAttemptAt} /></span>}</td>
                    <td class='state'><Badge look={lookOf(delivery)} /></td>
                    <td class='extra'>{delivery.lastAttempt?.status ?? '–'}{delivery.attempts > 1 && <span class='muted small'> after {delivery.attempts} tries</span>}</td>
                    <td class='extra muted nowrap'><Time at={delivery.createdAt} /></td>
                    <td class='buttons'><Button icon='rotate-cw' label={`Send ${delivery.id} again`} disabled={data?.state !== 'active'} onClick={() => { action.run(async () => { await call('POST', `${address}${path('/deliveries/{}/redeliver', delivery.id)}`); deliveries.refresh() }) }} /></td>
                  </tr>
                ))}
              </Table>
              )}
        </Loaded>
      </Card>
      {deleting && (
        <Confirm title='Delete this webhook?' verb='Delete' danger onClose={() => { setDeleting(false) }} work={async () => { await call('DELETE', address); navigate('/webhooks') }}>
          <p>Nothing more is sent to <code>{data?.url}</code>. What waits to be sent again is dropped.</p>
        </Confirm>
      )}
    </>
  )
}

function lookOf ({ state, nextAttemptAt }: Delivery): Look {
  switch (state) {
    case 'delivered': return { word: 'Delivered', tone: 'good', icon: 'circle-check' }
    case 'failed': return { word: 'Failed', tone: 'bad', icon: 'octagon-x' }
    case 'pending': return nextAttemptAt === null ? { word: 'Held', tone: 'quiet', icon: 'pause' } : { word: 'Waiting', tone: 'busy', icon: 'circle-dashed' }
  }
}
