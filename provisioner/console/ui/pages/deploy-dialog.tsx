import { useState } from 'preact/hooks'
import { useResource } from '../api/resource.ts'
import type { Page, Release, Tenant } from '../api/shapes.ts'
import { useAction } from '../parts/action.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { SelectField } from '../parts/field.tsx'
import { Loaded, Note, ProblemNote } from '../parts/states.tsx'
import type { TenantWork } from './tenant-work.ts'

export const STRATEGIES = [
  { value: '', label: 'As the release says' },
  { value: 'start-first', label: 'Start first: without a gap' },
  { value: 'stop-first', label: 'Stop first: requests are held meanwhile' }
]

export function DeployDialog ({ tenant, onClose, work }: { tenant: Tenant, onClose: () => void, work: TenantWork }) {
  const releases = useResource<Page<Release>>('/v1/releases?limit=200')
  const [chosen, setChosen] = useState<string | null>(null)
  const [strategy, setStrategy] = useState('')
  const action = useAction()
  const usable = releases.data?.items.filter(({ state }) => state === 'usable') ?? []
  const release = chosen ?? usable[0]?.version ?? ''
  return (
    <Dialog title={`Deploy ${tenant.slug}`} onClose={onClose}>
      <form onSubmit={event => {
        event.preventDefault()
        if (release !== '') action.run(async () => { await work(`Deploy of ${release}`, 'POST', '/deploy', { release, ...(strategy === '' ? {} : { strategy }) }); onClose() })
      }}
      >
        <Loaded of={releases}>
          {() => usable.length === 0
            ? <Note tone='warn' icon='triangle-alert' title='There is no usable release' />
            : (
              <>
                <SelectField
                  label='Release' value={release} onInput={setChosen} choices={usable.map(({ version }) => ({ value: version, label: version === tenant.release ? `${version} (as now: tries it again)` : version }))}
                  hint={<>It is at <code>{tenant.release}</code> now. When the deploy fails the old instance serves on.</>}
                />
                <SelectField label='How' value={strategy} onInput={setStrategy} choices={STRATEGIES} />
              </>
              )}
        </Loaded>
        {action.problem !== null && <ProblemNote problem={action.problem} />}
        <footer><Button onClick={onClose}>Cancel</Button><Button type='submit' kind='primary' busy={action.busy} disabled={release === ''}>Deploy</Button></footer>
      </form>
    </Dialog>
  )
}
