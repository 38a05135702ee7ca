import { useState } from 'preact/hooks'
import type { Tenant } from '../api/shapes.ts'
import { useAction } from '../parts/action.ts'
import { Button } from '../parts/button.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { CopyButton } from '../parts/copy.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { TextField } from '../parts/field.tsx'
import { Card } from '../parts/page.tsx'
import { Empty, ProblemNote } from '../parts/states.tsx'
import { envNameError } from '../words/input.ts'
import type { TenantWork } from './tenant-work.ts'

const MASK = '••••••'

/** Values are masked until somebody asks for one: over a shoulder, and in a picture of the screen. */
export function EnvCard ({ tenant, work, can }: { tenant: Tenant, work: TenantWork, can: boolean }) {
  const [editing, setEditing] = useState<{ name: string, value: string, isNew: boolean } | null>(null)
  const [removing, setRemoving] = useState<string | null>(null)
  const entries = Object.entries(tenant.env).sort(([a], [b]) => a < b ? -1 : 1)
  return (
    <Card title='Environment' note='a change replaces the instance' flush action={can && <Button icon='plus' onClick={() => { setEditing({ name: '', value: '', isNew: true }) }}>Add</Button>}>
      {entries.length === 0
        ? <Empty icon='scroll-text' title='No variables of its own'>It has those of its release, and PORT, DATABASE_URL and TENANT_ID.</Empty>
        : <EnvList entries={entries} onEdit={can ? (name, value) => { setEditing({ name, value, isNew: false }) } : undefined} onRemove={can ? setRemoving : undefined} />}
      {editing !== null && <EnvDialog {...editing} onClose={() => { setEditing(null) }} work={work} />}
      {removing !== null && (
        <Confirm title='Remove this variable?' verb='Remove' danger onClose={() => { setRemoving(null) }} work={async () => { await work(`Removal of ${removing}`, 'PATCH', '', { env: { [removing]: null } }) }}>
          <p>The instance is replaced by one without <code>{removing}</code>.</p>
        </Confirm>
      )}
    </Card>
  )
}

export function EnvList ({ entries, onEdit, onRemove }: { entries: Array<[string, string]>, onEdit?: ((name: string, value: string) => void) | undefined, onRemove?: ((name: string) => void) | undefined }) {
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set())
  const toggle = (name: string): void => {
    setShown(shown => shown.has(name) ? new Set([...shown].filter(other => other !== name)) : new Set([...shown, name]))
  }
  return (
    <ul class='env'>
      {entries.map(([name, value]) => (
        <li key={name}>
          <code class='env-name'>{name}</code>
          <code class={shown.has(name) ? 'env-value' : 'env-value masked'}>{shown.has(name) ? (value === '' ? '(empty)' : value) : MASK}</code>
          <span class='buttons'>
            {value !== MASK && <Button kind='quiet' icon={shown.has(name) ? 'eye-off' : 'eye'} label={`${shown.has(name) ? 'Hide' : 'Show'} ${name}`} onClick={() => { toggle(name) }} />}
            {value !== MASK && <CopyButton text={value} label={`Copy the value of ${name}`} />}
            {onEdit !== undefined && <Button kind='quiet' icon='pencil' label={`Change ${name}`} onClick={() => { onEdit(name, value) }} />}
            {onRemove !== undefined && <Button kind='quiet' icon='trash-2' label={`Remove ${name}`} onClick={() => { onRemove(name) }} />}
          </span>
        </li>
      ))}
    </ul>
  )
}

function EnvDialog ({ name: before, value: valueBefore, isNew, onClose, work }: { name: string, value: string, isNew: boolean, onClose: () => void, work: TenantWork }) {
  const [name, setName] = useState(before)
  const [value, setValue] = useState(valueBefore === MASK ? '' : valueBefore)
  const action = useAction()
  const error = name === '' ? null : envNameError(name)
  return (
    <Dialog title={isNew ? 'Add a variable' : `Change ${before}`} onClose={onClose}>
      <form onSubmit={event => {
        event.preventDefault()
        if (name !== '' && error === null) action.run(async () => { await work(name, 'PATCH', '', { env: { [name]: value } }); onClose() })
      }}
      >
        {isNew && <TextField label='Name' value={name} onInput={setName} mono error={error} placeholder='GREETING' required />}
        <TextField label='Value' value={value} onInput={setValue} mono rows={3} error={action.problem?.of('/env')} hint={<>May use <code>{'{{database.host}}'}</code>, <code>.port</code>, <code>.name</code>, <code>.user</code>, <code>.password</code>, <code>{'{{tenant.id}}'}</code>, <code>{'{{tenant.slug}}'}</code>, <code>{'{{tenant.url}}'}</code>.</>} />
        {action.problem !== null && action.problem.of('/env') === null && <ProblemNote problem={action.problem} />}
        <footer><Button onClick={onClose}>Cancel</Button><Button type='submit' kind='primary' busy={action.busy} disabled={name === ''}>Save</Button></footer>
      </form>
    </Dialog>
  )
}
