import { useState } from 'preact/hooks'
import type { Tenant } from '../api/shapes.ts'
import { useAction } from '../parts/action.ts'
import { Button } from '../parts/button.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { TextField } from '../parts/field.tsx'
import { Card, Facts } from '../parts/page.tsx'
import { ProblemNote } from '../parts/states.tsx'
import { may } from '../session.ts'
import { nameError } from '../words/input.ts'
import { EnvCard } from './tenant-env.tsx'
import { LimitsCard, ResourcesCard } from './tenant-limits.tsx'
import type { TenantWork } from './tenant-work.ts'

export function TenantSettings ({ tenant, work }: { tenant: Tenant, work: TenantWork }) {
  const can = may('operate') && tenant.status !== 'deleting'
  return (
    <div class='settings'>
      <NameCard key={tenant.name} tenant={tenant} work={work} can={can} />
      <EnvCard tenant={tenant} work={work} can={can} />
      <ResourcesCard key={JSON.stringify(tenant.resources)} tenant={tenant} work={work} can={can} />
      <LimitsCard key={JSON.stringify(tenant.limits)} tenant={tenant} work={work} can={can} />
      {may('admin') && tenant.status !== 'deleting' && <DeleteCard tenant={tenant} work={work} />}
    </div>
  )
}

function NameCard ({ tenant, work, can }: { tenant: Tenant, work: TenantWork, can: boolean }) {
  const [name, setName] = useState(tenant.name)
  const action = useAction()
  if (!can) return <Card title='General'><Facts of={[['Name', tenant.name], ['Slug', <code key='slug'>{tenant.slug}</code>]]} /></Card>
  const error = name === '' ? 'A name is needed.' : nameError(name)
  return (
    <Card title='General'>
      <form onSubmit={event => {
        event.preventDefault()
        if (error === null) action.run(async () => { await work('New name', 'PATCH', '', { name: name.trim() }) })
      }}
      >
        <TextField label='Name' value={name} onInput={setName} error={error ?? action.problem?.of('/name')} hint={<>The slug <code>{tenant.slug}</code> stays.</>} />
        {action.problem !== null && action.problem.of('/name') === null && <ProblemNote problem={action.problem} />}
        <div class='form-end'><Button type='submit' busy={action.busy} disabled={name === tenant.name}>Save</Button></div>
      </form>
    </Card>
  )
}

function DeleteCard ({ tenant, work }: { tenant: Tenant, work: TenantWork }) {
  const [asking, setAsking] = useState(false)
  return (
    <Card title='Delete'>
      <p>Removes its container, its database with all that is in it, its volume and its domains. Nothing of it can be brought back.</p>
      <div class='form-end'><Button icon='trash-2' kind='danger' onClick={() => { setAsking(true) }}>Delete tenant</Button></div>
      {asking && (
        <Confirm title={`Delete ${tenant.name}?`} verb='Delete for good' danger typed={tenant.slug} onClose={() => { setAsking(false) }} work={async () => { await work('Deletion', 'DELETE', '') }}>
          <p>The tenant, its database and its {tenant.domains.length === 1 ? 'domain' : `${tenant.domains.length} domains`} are removed. This cannot be undone.</p>
        </Confirm>
      )}
    </Card>
  )
}
