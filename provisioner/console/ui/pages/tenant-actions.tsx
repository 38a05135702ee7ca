import { useState } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import type { Tenant } from '../api/shapes.ts'
import { Button } from '../parts/button.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { may } from '../session.ts'
import { DeployDialog } from './deploy-dialog.tsx'
import type { TenantWork } from './tenant-work.ts'

type Asking = 'deploy' | 'rollback' | 'restart' | 'suspend' | 'resume'

/** What can be done with a tenant as it is, by who is signed in. */
export function TenantActions ({ tenant, work }: { tenant: Tenant, work: TenantWork }) {
  const [asking, setAsking] = useState<Asking | null>(null)
  if (!may('operate') || tenant.status === 'deleting') return null
  const suspended = tenant.status === 'suspended'
  const close = (): void => { setAsking(null) }
  const simple = (name: Exclude<Asking, 'deploy'>, title: string, verb: string, words: ComponentChildren) => asking === name && (
    <Confirm title={title} verb={verb} onClose={close} work={async () => { await work(verb, 'POST', `/${name}`) }}>{words}</Confirm>
  )
  return (
    <>
      {suspended && <Button icon='play' kind='primary' onClick={() => { setAsking('resume') }}>Resume</Button>}
      <Button icon='rocket' kind={suspended ? 'plain' : 'primary'} onClick={() => { setAsking('deploy') }}>Deploy</Button>
      <Button icon='undo-2' onClick={() => { setAsking('rollback') }}>Roll back</Button>
      {!suspended && <Button icon='rotate-cw' onClick={() => { setAsking('restart') }}>Restart</Button>}
      {!suspended && <Button icon='pause' onClick={() => { setAsking('suspend') }}>Suspend</Button>}
      {asking === 'deploy' && <DeployDialog tenant={tenant} onClose={close} work={work} />}
      {simple('rollback', `Roll back ${tenant.slug}?`, 'Roll back', <p>It goes to the release that it was last healthy with before <code>{tenant.release}</code>. The database stays as it is: nothing is migrated back.</p>)}
      {simple('restart', `Restart ${tenant.slug}?`, 'Restart', <p>A new instance is started beside the old one and takes over when it is healthy.</p>)}
      {simple('suspend', `Suspend ${tenant.slug}?`, 'Suspend', <p>Its instance is stopped, and visitors are told that it is suspended. Its data and its domains stay.</p>)}
      {simple('resume', `Resume ${tenant.slug}?`, 'Resume', <p>It is started at release <code>{tenant.release}</code>, and its domains lead to it again.</p>)}
    </>
  )
}
