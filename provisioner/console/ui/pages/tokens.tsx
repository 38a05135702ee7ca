import { useState } from 'preact/hooks'
import { call } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { SCOPES } from '../api/shapes.ts'
import type { Page, Scope, Token } from '../api/shapes.ts'
import { useAction } from '../parts/action.ts'
import { Button } from '../parts/button.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { CheckField, SelectField, TextField } from '../parts/field.tsx'
import { PageHead, Table } from '../parts/page.tsx'
import { Pager, usePaging } from '../parts/pager.tsx'
import { SecretShown } from '../parts/secret.tsx'
import { Empty, Loaded, ProblemNote } from '../parts/states.tsx'
import { Badge } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { session } from '../session.ts'
import { plural } from '../words/numbers.ts'
import { path, query } from '../words/path.ts'
import type { Look } from '../words/status.ts'

const SIZE = 50
const DAY_SECONDS = 86_400
const SCOPE_WORDS: Record<Scope, string> = {
  read: 'Read: sees, changes nothing',
  operate: 'Operate: everything but deleting tenants, tokens and webhooks',
  admin: 'Admin: everything'
}
const EXPIRIES = [{ value: '7', label: 'in 7 days' }, { value: '30', label: 'in 30 days' }, { value: '90', label: 'in 90 days' }, { value: '365', label: 'in a year' }, { value: '', label: 'never' }]

function stateOf ({ revokedAt, expiresAt }: Token): Look {
  if (revokedAt !== null) return { word: 'Revoked', tone: 'quiet', icon: 'ban' }
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) return { word: 'Expired', tone: 'quiet', icon: 'circle-minus' }
  return { word: 'Valid', tone: 'good', icon: 'circle-check' }
}

export function Tokens () {
  const [all, setAll] = useState(false)
  const [making, setMaking] = useState(false)
  const [revoking, setRevoking] = useState<Token | null>(null)
  const paging = usePaging(String(all))
  const tokens = useResource<Page<Token>>(`/v1/tokens${query({ limit: SIZE, cursor: paging.cursor, revoked: all ? null : 'false' })}`)
  const create = <Button icon='plus' kind='primary' onClick={() => { setMaking(true) }}>New token</Button>
  return (
    <>
      <PageHead title='Tokens' lead='For people and programs that use the API or this console.'>{create}</PageHead>
      <div class='filters'><CheckField label='Show revoked ones too' checked={all} onInput={setAll} /></div>
      <Loaded of={tokens} lines={6}>
        {({ items, nextCursor }) => {
          return items.length === 0 && paging.number === 1
            ? <Empty icon='key-round' title='No tokens yet' action={create}>So far only the token of <code>deploy/.env</code> lets anybody in. Give each person and each program one of their own.</Empty>
            : (
              <>
                <Table label='Tokens' head={<><th scope='col'>Name</th><th scope='col'>State</th><th scope='col'>Scope</th><th scope='col'>Last used</th><th scope='col'>Expires</th><th scope='col'><span class='hidden'>Actions</span></th></>}>
                  {items.map(token => (
                    <tr key={token.id}>
                      <td class='main'><strong class='clip'>{token.name}</strong><code class='muted small'>{token.id}</code></td>
                      <td class='state'><Badge look={stateOf(token)} /></td>
                      <td class='wide'>{token.scope}{token.tenants !== null && <span class='muted small'> {plural(token.tenants.length, 'tenant')}</span>}</td>
                      <td class='extra muted nowrap'><Time at={token.lastUsedAt} /></td>
                      <td class='extra muted nowrap'><Time at={token.expiresAt} /></td>
                      <td class='buttons'>{token.revokedAt === null && <Button icon='ban' onClick={() => { setRevoking(token) }}>Revoke</Button>}</td>
                    </tr>
                  ))}
                </Table>
                <Pager paging={paging} next={nextCursor} shown={items.length} size={SIZE} />
              </>
              )
        }}
      </Loaded>
      {making && <NewToken onClose={() => { setMaking(false); tokens.refresh() }} />}
      {revoking !== null && (
        <Confirm title={`Revoke ${revoking.name}?`} verb='Revoke' danger onClose={() => { setRevoking(null) }} work={async () => { await call('DELETE', path('/v1/tokens/{}', revoking.id)); tokens.refresh() }}>
          <p>Whoever uses it is refused from then on{session.value?.token.id === revoking.id ? <strong>, and that is you: you are signed in with it</strong> : ''}. Its sessions end. It cannot be made valid again.</p>
        </Confirm>
      )}
    </>
  )
}

function NewToken ({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [scope, setScope] = useState<Scope>('read')
  const [tenants, setTenants] = useState('')
  const [expiry, setExpiry] = useState('90')
  const [made, setMade] = useState<(Token & { secret: string | null }) | null>(null)
  const action = useAction()
  const { problem } = action
  if (made !== null) return <Dialog title={`The token ${made.name}`} onClose={onClose}><SecretShown secret={made.secret ?? ''} onClose={onClose} /></Dialog>
  const limited = tenants.split(/[\s,]+/).filter(tenant => tenant !== '')
  const unknown = problem !== null && problem.code === 'unknown_tenants'
  return (
    <Dialog title='New token' onClose={onClose}>
      <form onSubmit={event => {
        event.preventDefault()
        if (name.trim() === '') return
        action.run(async () => {
          const body = { name: name.trim(), scope, ...(limited.length === 0 ? {} : { tenants: limited }), ...(expiry === '' ? {} : { expiresInSeconds: Number(expiry) * DAY_SECONDS }) }
          setMade((await call<Token & { secret: string | null }>('POST', '/v1/tokens', { body })).body)
        })
      }}
      >
        <TextField label='Name' value={name} onInput={setName} placeholder='ci' required error={problem?.of('/name')} hint='Whose it is: this is what the audit log says.' />
        <SelectField label='Scope' value={scope} onInput={value => { setScope(value as Scope) }} choices={SCOPES.map(value => ({ value, label: SCOPE_WORDS[value] }))} error={problem?.of('/scope')} />
        <TextField label='Only these tenants' value={tenants} onInput={setTenants} mono rows={2} error={unknown ? problem.message : problem?.of('/tenants')} hint='Optional. Slugs or ids, by spaces or lines; empty for all.' />
        <SelectField label='Expires' value={expiry} onInput={setExpiry} choices={EXPIRIES} error={problem?.of('/expiresInSeconds')} />
        {problem !== null && !unknown && problem.invalidParams.length === 0 && <ProblemNote problem={problem} />}
        <footer><Button onClick={onClose}>Cancel</Button><Button type='submit' kind='primary' busy={action.busy} disabled={name.trim() === ''}>Create token</Button></footer>
      </form>
    </Dialog>
  )
}
