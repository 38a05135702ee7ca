import { useState } from 'preact/hooks'
import { call } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import type { Page, Webhook } from '../api/shapes.ts'
import { useAction } from '../parts/action.ts'
import { Button, Link } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { TextField } from '../parts/field.tsx'
import { PageHead, Table } from '../parts/page.tsx'
import { Pager, usePaging } from '../parts/pager.tsx'
import { SecretShown } from '../parts/secret.tsx'
import { Empty, Loaded, ProblemNote } from '../parts/states.tsx'
import { Badge } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { path, query } from '../words/path.ts'
import type { Look } from '../words/status.ts'

const SIZE = 50

export const WEBHOOK_LOOKS: Record<Webhook['state'], Look> = {
  active: { word: 'Active', tone: 'good', icon: 'circle-check' },
  disabled: { word: 'Disabled', tone: 'bad', icon: 'ban' }
}

export function Webhooks () {
  const [making, setMaking] = useState(false)
  const paging = usePaging('')
  const webhooks = useResource<Page<Webhook>>(`/v1/webhooks${query({ limit: SIZE, cursor: paging.cursor })}`)
  const create = <Button icon='plus' kind='primary' onClick={() => { setMaking(true) }}>New webhook</Button>
  return (
    <>
      <PageHead title='Webhooks' lead='Events of tenants, sent to a program of yours, each signed.'>{create}</PageHead>
      <Loaded of={webhooks} lines={6}>
        {({ items, nextCursor }) => items.length === 0 && paging.number === 1
          ? <Empty icon='webhook' title='No webhooks yet' action={create} />
          : (
            <>
              <Table label='Webhooks' head={<><th scope='col'>Address</th><th scope='col'>State</th><th scope='col'>Events</th><th scope='col'>Last delivery</th></>}>
                {items.map(({ id, url, state, disabledReason, events, lastDeliveryAt }) => (
                  <tr key={id}>
                    <td class='main'><Link to={path('/webhooks/{}', id)} class='cover'><span class='clip'>{url}</span></Link>{disabledReason !== null && <span class='muted small'>{disabledReason}</span>}</td>
                    <td class='state'><Badge look={WEBHOOK_LOOKS[state]} /></td>
                    <td class='extra'><code class='clip'>{events.join(', ')}</code></td>
                    <td class='extra muted nowrap'><Time at={lastDeliveryAt} /></td>
                  </tr>
                ))}
              </Table>
              <Pager paging={paging} next={nextCursor} shown={items.length} size={SIZE} />
            </>
            )}
      </Loaded>
      {making && <NewWebhook onClose={() => { setMaking(false); webhooks.refresh() }} />}
    </>
  )
}

function NewWebhook ({ onClose }: { onClose: () => void }) {
  const [url, setUrl] = useState('')
  const [events, setEvents] = useState('*')
  const [made, setMade] = useState<(Webhook & { secret: string }) | null>(null)
  const action = useAction()
  const { problem } = action
  if (made !== null) return <Dialog title='The webhook’s secret' onClose={onClose}><SecretShown secret={made.secret} onClose={onClose} /></Dialog>
  return (
    <Dialog title='New webhook' onClose={onClose}>
      <form onSubmit={event => {
        event.preventDefault()
        action.run(async () => { setMade((await call<Webhook & { secret: string }>('POST', '/v1/webhooks', { body: { url: url.trim(), events: events.split(/[\s,]+/).filter(name => name !== '') } })).body) })
      }}
      >
        <TextField label='Address' inputMode='url' value={url} onInput={setUrl} mono required placeholder='https://hooks.example.com/berth' error={problem?.of('/url')} hint='Not on this machine, and not in the tenants’ network.' />
        <TextField label='Events' value={events} onInput={setEvents} mono error={problem?.of('/events')} hint={<><code>*</code> for all, or names and prefixes such as <code>tenant.*</code>.</>} />
        {problem !== null && problem.invalidParams.length === 0 && <ProblemNote problem={problem} />}
        <footer><Button onClick={onClose}>Cancel</Button><Button type='submit' kind='primary' busy={action.busy} disabled={url.trim() === ''}>Create webhook</Button></footer>
      </form>
    </Dialog>
  )
}
