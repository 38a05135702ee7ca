import { useState } from 'preact/hooks'
import type { Tenant } from '../api/shapes.ts'
import { useAction } from '../parts/action.ts'
import { Button, Outward } from '../parts/button.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { CheckField, TextField } from '../parts/field.tsx'
import { Badge } from '../parts/status.tsx'
import { Card, Table } from '../parts/page.tsx'
import { ProblemNote } from '../parts/states.tsx'
import { may, session } from '../session.ts'
import { isSettled } from '../words/advice.ts'
import { hostError } from '../words/input.ts'
import { path } from '../words/path.ts'
import type { TenantWork } from './tenant-work.ts'

export function TenantDomains ({ tenant, work }: { tenant: Tenant, work: TenantWork }) {
  const [removing, setRemoving] = useState<string | null>(null)
  const action = useAction()
  const can = may('operate') && tenant.status !== 'deleting'
  const own = `${tenant.slug}.${session.value?.baseDomain ?? ''}`
  const published = tenant.conditions.find(({ type }) => type === 'RoutePublished')?.status === 'True' && isSettled(tenant)
  return (
    <>
      <Card title='Domains' flush note={published ? 'each leads to the instance' : 'not all of them lead to the instance now'}>
        {action.problem !== null && <ProblemNote problem={action.problem} />}
        <Table label='Domains' head={<><th scope='col'>Host</th><th scope='col'>Use</th>{can && <th scope='col'><span class='hidden'>Actions</span></th>}</>}>
          {tenant.domains.map(({ host, primary }) => (
            <tr key={host}>
              <td class='main'><span class='clip'><Outward href={addressOf(tenant.url, host)}>{host}</Outward></span></td>
              <td>{primary ? <Badge look={{ word: 'Primary', tone: 'good', icon: 'circle-check' }} /> : <span class='muted small'>{host === own ? 'always there' : ''}</span>}</td>
              {can && (
                <td class='buttons'>
                  {!primary && <Button icon='star' busy={action.busy} onClick={() => { action.run(async () => { await work(`${host} as primary`, 'POST', '/domains', { host, primary: true }) }) }}>Make primary</Button>}
                  {!primary && host !== own && <Button icon='trash-2' label={`Remove ${host}`} onClick={() => { setRemoving(host) }} />}
                </td>
              )}
            </tr>
          ))}
        </Table>
      </Card>
      {can && <AddDomain work={work} />}
      {removing !== null && (
        <Confirm title='Remove this domain?' verb='Remove' danger onClose={() => { setRemoving(null) }} work={async () => { await work(`Removal of ${removing}`, 'DELETE', path('/domains/{}', removing)) }}>
          <p>Visitors of <code>{removing}</code> will no longer reach {tenant.name}. Another tenant can have it then.</p>
        </Confirm>
      )}
    </>
  )
}

function AddDomain ({ work }: { work: TenantWork }) {
  const [host, setHost] = useState('')
  const [primary, setPrimary] = useState(false)
  const action = useAction()
  const { problem } = action
  const error = (host.trim() === '' ? null : hostError(host.trim())) ?? (problem !== null && problem.status >= 400 && problem.status < 500 ? problem.message : null)
  return (
    <Card title='Add a domain'>
      <form onSubmit={event => {
        event.preventDefault()
        if (host.trim() === '' || hostError(host.trim()) !== null) return
        action.run(async () => {
          await work(host.trim(), 'POST', '/domains', { host: host.trim(), primary })
          setHost('')
          setPrimary(false)
        })
      }}
      >
        <TextField label='Host' value={host} onInput={value => { setHost(value); if (problem !== null) action.clear() }} mono placeholder='www.acme.example' error={error} hint='Its DNS has to lead to the gateway. Names in Unicode are kept as A-labels.' />
        <CheckField label='Make it the primary: the tenant’s address' checked={primary} onInput={setPrimary} />
        {problem !== null && (problem.status === 0 || problem.status >= 500) && <ProblemNote problem={problem} />}
        <div class='form-end'><Button type='submit' icon='plus' kind='primary' busy={action.busy}>Add domain</Button></div>
      </form>
    </Card>
  )
}

/** Under the scheme and the port of the tenant's address. */
function addressOf (url: string, host: string): string {
  const address = new URL(url)
  address.hostname = host
  return address.href
}
